/**
 * A screenshot with at most 256 colours, a third of its size: a page of flat colours loses nothing that an eye sees.
 * The format is PNG's own (RFC 2083): 8 bits a pixel and a palette.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST = 256;

/** Of a PNG of 8 bits in RGB or RGBA without interlacing, which is what a browser makes. */
export function smallPng(png: Buffer): Buffer {
  const chunks = [...chunksOf(png)];
  const head = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (head?.[8] !== 8 || (head[9] !== 2 && head[9] !== 6) || head[12] !== 0) return png;
  const [width, height, bytes] = [head.readUInt32BE(0), head.readUInt32BE(4), head[9] === 6 ? 4 : 3];
  const data = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data));
  const pixels = unfiltered(inflateSync(data), width, height, bytes);
  const { palette, places } = paletteOf(pixels, width * height, bytes);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * (width + 1) + 1 + x] = places.get(colour(pixels, (y * width + x) * bytes)) ?? 0;
    }
  }
  const small = Buffer.from(head);
  small[9] = 3;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', small),
    chunk('PLTE', Buffer.from(palette.flatMap((one) => [one >> 16, (one >> 8) & 255, one & 255]))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function* chunksOf(png: Buffer): Generator<{ type: string; data: Buffer }> {
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const made = Buffer.alloc(named.length + 8);
  made.writeUInt32BE(data.length, 0);
  named.copy(made, 4);
  made.writeUInt32BE(crc32(named), made.length - 4);
  return made;
}

/** Every line is stored as its difference to what is left of it, above it, or both. */
function unfiltered(lines: Buffer, width: number, height: number, bytes: number): Buffer {
  const wide = width * bytes;
  const pixels = Buffer.alloc(wide * height);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (wide + 1)] ?? 0;
    for (let x = 0; x < wide; x++) {
      const left = x >= bytes ? (pixels[y * wide + x - bytes] ?? 0) : 0;
      const above = y > 0 ? (pixels[(y - 1) * wide + x] ?? 0) : 0;
      const corner = x >= bytes && y > 0 ? (pixels[(y - 1) * wide + x - bytes] ?? 0) : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter] ?? 0;
      pixels[y * wide + x] = ((lines[y * (wide + 1) + 1 + x] ?? 0) + guess) & 255;
    }
  }
  return pixels;
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

const colour = (pixels: Buffer, at: number): number =>
  ((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0);

/** The commonest colours; each of the others takes the nearest of them. */
function paletteOf(pixels: Buffer, count: number, bytes: number) {
  const times = new Map<number, number>();
  for (let at = 0; at < count; at++) {
    const one = colour(pixels, at * bytes);
    times.set(one, (times.get(one) ?? 0) + 1);
  }
  const common = [...times].sort(([, one], [, other]) => other - one).map(([one]) => one);
  const palette = spread(common);
  return { palette, places: new Map(common.map((one) => [one, nearest(one, palette)])) };
}

/** The commonest that are not all but equal to a commoner one, so that rare hues keep a place. */
function spread(common: readonly number[]): number[] {
  const chosen: number[] = [];
  for (const least of [120, 40, 12, 0]) {
    for (const one of common) {
      if (chosen.length >= MOST) return chosen;
      if (chosen.every((other) => distance(one, other) > least)) chosen.push(one);
    }
  }
  return chosen;
}

function distance(one: number, other: number): number {
  const part = (shift: number) => ((one >> shift) & 255) - ((other >> shift) & 255);
  return part(16) ** 2 + part(8) ** 2 + part(0) ** 2;
}

function nearest(one: number, palette: readonly number[]): number {
  let best = 0;
  for (let at = 1; at < palette.length; at++) {
    if (distance(one, palette[at] ?? 0) < distance(one, palette[best] ?? 0)) best = at;
  }
  return best;
}

/** Binary values: bytes in the shapes of the SDK, base64 in dynalite and in JSON. */

/** Every `Uint8Array` as base64, in a copy. */
export function toBase64(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toBase64);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toBase64(item)]));
}

/** Every `{B: "…"}` and `{BS: ["…"]}` as bytes, in a copy. */
export function toBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toBytes);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const entries = Object.entries(value);
  const [key, item] = entries.length === 1 ? (entries[0] as [string, unknown]) : ['', undefined];
  if (key === 'B' && typeof item === 'string') return { B: bytes(item) };
  if (key === 'BS' && Array.isArray(item) && item.every((one) => typeof one === 'string')) {
    return { BS: item.map(bytes) };
  }
  return Object.fromEntries(entries.map(([name, one]) => [name, toBytes(one)]));
}

function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

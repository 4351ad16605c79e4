/** Marks. Filled: production was changed. Hollow: it is as before. Never colour alone: a shape and a word say it too. */
import type { Mark } from '../../model/parts.ts';
import { h, s } from './dom.ts';

type Shape = 'disc' | 'ring' | 'square' | 'box' | 'triangle' | 'turning';
export type Tone = 'ok' | 'bad' | 'wait' | 'live' | 'back' | 'dull';

const GLYPHS = {
  check: 'M4.9 8.2 7 10.3 11.1 5.9',
  equal: 'M5.3 6.7h5.4M5.3 9.3h5.4',
  slash: 'M3.7 3.7 12.3 12.3',
  cross: 'M5.7 5.7 10.3 10.3M10.3 5.7 5.7 10.3',
  back: 'M6.7 4.7 4.4 7 6.7 9.3M4.7 7h4.5a2.1 2.1 0 0 1 0 4.2H7.4',
  further: 'M4.9 5.6 7.3 8 4.9 10.4M8.5 5.6 10.9 8 8.5 10.4',
  wait: 'M6.5 5.6v4.8M9.5 5.6v4.8',
  call: 'M8 6v3.4M8 11.6v.1',
} as const;

export const MARKS: Readonly<
  Record<Mark, { word: string; tone: Tone; shape: Shape; glyph: keyof typeof GLYPHS | null }>
> = {
  succeeded: { word: 'Succeeded', tone: 'ok', shape: 'disc', glyph: 'check' },
  unchanged: { word: 'Unchanged', tone: 'dull', shape: 'ring', glyph: 'equal' },
  refused: { word: 'Refused', tone: 'wait', shape: 'ring', glyph: 'slash' },
  'build-failed': { word: 'Build failed', tone: 'bad', shape: 'box', glyph: 'cross' },
  'migration-failed': { word: 'Migration failed', tone: 'bad', shape: 'square', glyph: 'cross' },
  'rolled-back': { word: 'Rolled back', tone: 'back', shape: 'disc', glyph: 'back' },
  cancelled: { word: 'Cancelled', tone: 'dull', shape: 'ring', glyph: 'cross' },
  superseded: { word: 'Superseded', tone: 'dull', shape: 'ring', glyph: 'further' },
  'needs-attention': { word: 'Needs attention', tone: 'bad', shape: 'triangle', glyph: 'call' },
  running: { word: 'Running', tone: 'live', shape: 'turning', glyph: null },
  waiting: { word: 'Waits for approval', tone: 'wait', shape: 'ring', glyph: 'wait' },
};

/** The mark alone, of 16 pixels unless told. Whoever needs the word puts it beside. */
export function markOf(mark: Mark, size = 16, dull = false): SVGElement {
  const { shape, glyph, tone } = MARKS[mark];
  const filled = shape === 'disc' || shape === 'square' || shape === 'triangle';
  return s(
    'svg.mark',
    { class: dull ? 'dull' : tone, width: size, height: size, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    ground(shape),
    glyph && s(filled ? 'path.knock' : 'path.glyph', { d: GLYPHS[glyph] }),
  );
}

function ground(shape: Shape): SVGElement[] {
  switch (shape) {
    case 'disc':
      return [s('circle.solid', { cx: 8, cy: 8, r: 7.2 })];
    case 'ring':
      return [s('circle.outline', { cx: 8, cy: 8, r: 6.4 })];
    case 'square':
      return [s('rect.solid', { x: 2, y: 2, width: 12, height: 12, rx: 2 })];
    case 'box':
      return [s('rect.outline', { x: 2.7, y: 2.7, width: 10.6, height: 10.6, rx: 2 })];
    case 'triangle':
      return [s('path.solid', { d: 'M8 1.6 15 14H1z', 'stroke-linejoin': 'round' })];
    case 'turning':
      return [
        s('circle.outline.faint', { cx: 8, cy: 8, r: 6.2 }),
        s('path.outline', { d: 'M8 1.8A6.2 6.2 0 1 1 2.2 5.8' }),
        s('circle.solid', { cx: 8, cy: 8, r: 2.3 }),
      ];
  }
}

/** The mark and its word in its tone. */
export function markWord(mark: Mark, word = MARKS[mark].word): HTMLElement {
  return h('span.markword', { class: MARKS[mark].tone }, markOf(mark), h('b', {}, word));
}

/** Healthy, nothing to say. */
export function dot(tone: Tone): SVGElement {
  return s(
    'svg.mark',
    { class: tone, width: 16, height: 16, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    tone === 'dull'
      ? s('circle.outline', { cx: 8, cy: 8, r: 3 })
      : s('circle.solid', { cx: 8, cy: 8, r: 3.6 }),
  );
}

const ICONS = {
  check: 'M3.2 8.4 6.4 11.6 12.8 4.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  find: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.8 10.8 14 14',
  lock: 'M3.5 7.5h9v6.5h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  copy: 'M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3',
  out: 'M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13.2 2.8 7.5 8.5',
  down: 'M4.5 6.5 8 10l3.5-3.5',
  right: 'M6.5 4.5 10 8l-3.5 3.5',
  half: 'M8 2.2a5.8 5.8 0 1 0 0 11.6z',
} as const;

export function icon(name: keyof typeof ICONS, size = 14): SVGElement {
  return s(
    'svg.icon',
    { class: name, width: size, height: size, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    name === 'half' && s('circle', { cx: 8, cy: 8, r: 5.8 }),
    s('path', { d: ICONS[name], class: name === 'half' ? 'solid' : null }),
  );
}

/** How wide a text will be, so that labels stand inside or beside what they name. */
const FONTS = {
  label: '500 12px ui-monospace, Menlo, Consolas, monospace',
  note: '11.5px system-ui, sans-serif',
} as const;

const canvas = document.createElement('canvas').getContext('2d');
const known = new Map<string, number>();

export function measure(text: string, font: keyof typeof FONTS = 'note'): number {
  const key = `${font} ${text}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (canvas) canvas.font = FONTS[font];
  const width = canvas?.measureText(text.replaceAll('`', '')).width ?? text.length * 7;
  if (known.size > 2_000) known.clear();
  known.set(key, width);
  return width;
}

/** The text, cut with an ellipsis to what fits. */
export function shorten(text: string, width: number, font: keyof typeof FONTS = 'note'): string {
  if (measure(text, font) <= width) return text;
  let short = text;
  while (short.length > 1 && measure(`${short}…`, font) > width) short = short.slice(0, -1);
  return `${short.trimEnd()}…`;
}

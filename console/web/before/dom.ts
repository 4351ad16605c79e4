/** Elements from data. Text is only ever set as text, so that no commit subject or log line can become markup. */
export type Child = Node | string | null | undefined | false;

export function element(
  name: string,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  for (const child of children) if (child) made.append(child);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A bar on an axis of 100: SVG, because the page's policy forbids inline styles. */
export function bar(start: number, width: number, kind: string): SVGElement {
  const track = document.createElementNS(SVG, 'svg');
  track.setAttribute('class', 'track');
  track.setAttribute('viewBox', '0 0 100 8');
  track.setAttribute('preserveAspectRatio', 'none');
  track.setAttribute('aria-hidden', 'true');
  const rectangle = document.createElementNS(SVG, 'rect');
  for (const [key, value] of Object.entries({ x: start, width: Math.max(width, 0.4), height: 8 }))
    rectangle.setAttribute(key, String(value));
  rectangle.setAttribute('class', kind);
  track.append(rectangle);
  return track;
}

/** `1m 31s`, `0.4 s`. */
export function took(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${Math.floor(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} m`;
}

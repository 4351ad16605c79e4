/** Charts are drawn in the page's own pixels, so that lines stay sharp and text keeps its size. */
const WIDEST = 1680;

/** The width that a panel across the page has inside its border. */
export function width(): number {
  const margin = isNarrow() ? 32 : 48;
  return Math.max(300, Math.min(document.documentElement.clientWidth, WIDEST) - margin - 2);
}

export const isNarrow = (): boolean => document.documentElement.clientWidth <= 800;

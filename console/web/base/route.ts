/** Which page the address names. What a reader has chosen stands in it, so that a link shows the same. */
export interface Route {
  /** `now`, `history`, `deployment`, `approval`, `metrics`, `schedules`. */
  readonly page: string;
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

export function route(hash = location.hash): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page = '', ...parts] = path.split('/').map(decodeURIComponent);
  return { page: page || 'now', parts, query: new URLSearchParams(query) };
}

export function address(
  page: string,
  parts: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '');
  const tail = kept.length > 0 ? `?${new URLSearchParams(kept)}` : '';
  return `#/${[page, ...parts].map(encodeURIComponent).join('/')}${tail}`;
}

/** The address of here with one choice changed; an empty value takes it away. */
export function withChoice(name: string, value: string): string {
  const { page, parts, query } = route();
  return address(page, parts, { ...Object.fromEntries(query), [name]: value });
}

export function choose(name: string, value: string): void {
  history.replaceState(null, '', withChoice(name, value));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/**
 * One reading for all who ask at nearly the same time: pages that are open on the same deployment make no more calls to AWS than
 * one does. What failed is not kept.
 */
export class Shared {
  private readonly kept = new Map<string, { readonly at: number; readonly value: Promise<unknown> }>();
  private readonly fresh: number;

  /** `fresh`: milliseconds for which an answer counts as of now. */
  constructor(fresh: number) {
    this.fresh = fresh;
  }

  forget(): void {
    this.kept.clear();
  }

  get<Value>(key: string, read: () => Promise<Value>): Promise<Value> {
    const now = Date.now();
    for (const [old, { at }] of this.kept) if (now - at >= this.fresh) this.kept.delete(old);
    const known = this.kept.get(key);
    if (known) return known.value as Promise<Value>;
    const value = read();
    const entry = { at: now, value };
    this.kept.set(key, entry);
    value.catch(() => {
      if (this.kept.get(key) === entry) this.kept.delete(key);
    });
    return value;
  }
}

/** The same, of a function: answers are told apart by what it is asked. */
export function sharing<Words extends readonly unknown[], Value>(
  shared: Shared,
  name: string,
  read: (...words: Words) => Promise<Value>,
): (...words: Words) => Promise<Value> {
  return (...words) => shared.get(JSON.stringify([name, ...words]), () => read(...words));
}

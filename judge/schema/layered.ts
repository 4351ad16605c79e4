/** So many changes are laid over what is shared; with more of them it is all written down anew. */
const MOST = 32;

/**
 * A map that is copied for next to nothing: what it was copied from is shared, and only what has changed since is its own.
 * A judgement keeps the schema before each of its statements, and a plain copy of a thousand tables before each of a
 * thousand statements is most of its time. What is shared is never written to.
 */
export class Layered<V> extends Map<string, V> {
  readonly #base: ReadonlyMap<string, V>;
  /** Keys of the base that were deleted; one that was set again stands in `#own`, behind all of the base. */
  readonly #gone: Set<string>;
  readonly #own: Map<string, V>;

  private constructor(base: ReadonlyMap<string, V>, gone: Set<string>, own: Map<string, V>) {
    super();
    this.#base = base;
    this.#gone = gone;
    this.#own = own;
  }

  /** A copy; `from` must not be changed afterwards unless it is layered itself. */
  static over<V>(from: ReadonlyMap<string, V>): Layered<V> {
    if (!(from instanceof Layered)) return new Layered(from, new Set(), new Map());
    if (from.#own.size + from.#gone.size > MOST)
      return new Layered(new Map(from.entries()), new Set(), new Map());
    return new Layered(from.#base, new Set(from.#gone), new Map(from.#own));
  }

  override get size(): number {
    let size = this.#base.size - this.#gone.size;
    for (const key of this.#own.keys()) if (!this.#inBase(key)) size += 1;
    return size;
  }

  #inBase(key: string): boolean {
    return this.#base.has(key) && !this.#gone.has(key);
  }

  override get(key: string): V | undefined {
    return this.#own.get(key) ?? (this.#gone.has(key) ? undefined : this.#base.get(key));
  }

  override has(key: string): boolean {
    return this.#own.has(key) || this.#inBase(key);
  }

  override set(key: string, value: V): this {
    this.#own.set(key, value);
    return this;
  }

  override delete(key: string): boolean {
    const had = this.has(key);
    this.#own.delete(key);
    if (this.#base.has(key)) this.#gone.add(key);
    return had;
  }

  override clear(): void {
    this.#own.clear();
    for (const key of this.#base.keys()) this.#gone.add(key);
  }

  override forEach(call: (value: V, key: string, map: Map<string, V>) => void): void {
    for (const [key, value] of this.entries()) call(value, key, this);
  }

  override entries(): MapIterator<[string, V]> {
    return this.#all<[string, V]>((key, value) => [key, value]);
  }

  override keys(): MapIterator<string> {
    return this.#all((key) => key);
  }

  override values(): MapIterator<V> {
    return this.#all((_, value) => value);
  }

  override [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  /** In the order of a plain map: what was replaced stands where it stood. */
  #all<One>(of: (key: string, value: V) => One): MapIterator<One> {
    const all: One[] = [];
    for (const [key, value] of this.#base)
      if (!this.#gone.has(key)) all.push(of(key, this.#own.get(key) ?? value));
    for (const [key, value] of this.#own) if (!this.#inBase(key)) all.push(of(key, value));
    return all[Symbol.iterator]();
  }
}

/**
 * Values that are there now or later. Most states evaluate nothing, and a run of such states must not pay for promises:
 * what can be done at once is done at once.
 */
export type Sooner<T> = T | Promise<T>;

export function then<T, U>(value: Sooner<T>, go: (value: T) => Sooner<U>): Sooner<U> {
  return value instanceof Promise ? value.then(go) : go(value);
}

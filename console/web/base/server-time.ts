/** The server's time: a reader's clock that is minutes off would make every age wrong. */
let ahead = 0;

/** From an answer that says when it was made. */
export function learn(at: string): void {
  const time = Date.parse(at);
  if (Number.isFinite(time)) ahead = time - Date.now();
}

export const serverNow = (): number => Date.now() + ahead;

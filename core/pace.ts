/** Seconds until it is worth looking again: often at first, when most failures show, then less. A poll costs three transitions. */
export function pace(elapsedSeconds: number): number {
  if (elapsedSeconds < 60) return 2;
  if (elapsedSeconds < 300) return 5;
  return 15;
}

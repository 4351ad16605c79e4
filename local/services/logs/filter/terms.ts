/** Patterns for unstructured events: `ERROR`, `"exact phrase"`, `?this ?or ?that`, `-without`, `%regex%`. */
import { invalidCharacter, Scanner } from './scanner.ts';

type Test = (message: string) => boolean;

/** Every plain term has to be there and no excluded one; the optional terms count only where they are alone. */
export function parseTerms(text: string): Test {
  const scanner = new Scanner(text);
  const wanted: Test[] = [];
  const excluded: Test[] = [];
  const optional: Test[] = [];
  while (true) {
    scanner.skipSpace();
    if (scanner.done) break;
    if (scanner.take('-')) excluded.push(readTerm(scanner));
    else if (scanner.take('?')) optional.push(readTerm(scanner));
    else wanted.push(readTerm(scanner));
  }
  if (wanted.length === 0 && excluded.length === 0)
    return (message) => optional.some((test) => test(message));
  return (message) => wanted.every((test) => test(message)) && !excluded.some((test) => test(message));
}

function readTerm(scanner: Scanner): Test {
  if (scanner.next === '%') {
    const regex = scanner.regex();
    return (message) => regex.test(message);
  }
  const term = scanner.next === '"' ? scanner.quoted() : scanner.read(/[\p{L}\p{N}_]+/uy);
  if (term === undefined) throw invalidCharacter(scanner.next);
  // `" "` is documented to match everything.
  if (term.trim() === '') return () => true;
  return (message) => message.includes(term);
}

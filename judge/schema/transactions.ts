// Which statements of a file share a transaction: Prisma's version decides, and BEGIN … COMMIT in the file itself.
import { type PrismaVersion, wholeFileIsOneTransaction } from '../history/prisma-version.ts';
import type { Statement } from '../parse/statements.ts';

export type Transaction = {
  /** Indexes of the statements in it, in order. */
  members: number[];
  /** `single`: commits by itself. `file`: the whole file is one. `explicit`: BEGIN … COMMIT. */
  kind: 'single' | 'file' | 'explicit';
  /** False where Prisma's version is not known: then the file may be one transaction, or not. */
  certain: boolean;
};

/** The transaction of each statement, by index. */
export function transactionsOf(
  statements: readonly Statement[],
  version: PrismaVersion | undefined,
): Transaction[] {
  const whole = wholeFileIsOneTransaction(version);
  const result: Transaction[] = [];
  let open: Transaction | undefined;
  let implicit: Transaction | undefined;
  for (const statement of statements) {
    const control = statement.actions.find((action) => action.do === 'transaction');
    if (control?.what === 'begin' && !open) {
      open = { members: [], kind: 'explicit', certain: true };
      implicit = undefined;
    }
    let mine = open;
    if (!mine) {
      if (whole === false) mine = { members: [], kind: 'single', certain: true };
      else {
        implicit ??= { members: [], kind: 'file', certain: whole === true };
        mine = implicit;
      }
    }
    mine.members.push(statement.index);
    result.push(mine);
    if (control?.what === 'commit' || control?.what === 'rollback') {
      open = undefined;
      implicit = undefined;
    }
  }
  return result;
}

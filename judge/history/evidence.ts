/**
 * Which statements of a failed migration took effect: the schema that the files make after each of its statements is held
 * against the one that the database has. Statements run in their order, so that one that is seen to have taken effect
 * speaks for those before it, and one that has not for those behind it, where they cannot be seen themselves.
 */
import type { DatabaseFacts } from '../../core/migrations.ts';
import type { Action } from '../parse/action.ts';
import { quote } from '../parse/nodes.ts';
import type { ParsedMigration, Statement } from '../parse/statements.ts';
import { apply } from '../schema/apply.ts';
import { type Catalogue, copyCatalogue, emptyCatalogue } from '../schema/catalogue.ts';
import { transactionsOf } from '../schema/transactions.ts';
import { type PrismaVersion, wholeFileIsOneTransaction } from './prisma-version.ts';
import { type Shape, shapeOfCatalogue, shapeOfFacts } from './shape.ts';
import { undone } from './undo.ts';

export type Evidence = {
  line: number;
  text: string;
  /** undefined: neither seen nor told by its neighbours (an UPDATE between two that are not seen either). */
  tookEffect: boolean | undefined;
  /** SQL that takes it back; empty where nothing has to be, absent where nothing can: what was dropped, rows that were written. */
  undo?: string;
  /** What a statement that failed has left all the same: an INVALID index. */
  leftover?: string;
};

/** Whether what the statement is about is as it is after it. undefined: a schema does not show it. */
export function isThere(action: Action, shape: Shape): boolean | undefined {
  const table = 'table' in action && typeof action.table === 'string' ? shape.table(action.table) : undefined;
  const not = (value: boolean | undefined) => (value === undefined ? undefined : !value);
  switch (action.do) {
    case 'create-table':
      return shape.hasTable(action.table);
    case 'add-column':
      return table?.column(action.column.name);
    case 'drop-column':
      return not(table?.column(action.column));
    case 'rename-column':
      return table?.column(action.to);
    case 'rename-table':
      return action.what === 'table' ? not(shape.hasTable(action.table)) : undefined;
    case 'set-not-null':
      return table?.notNull(action.column);
    case 'drop-not-null':
      return not(table?.notNull(action.column));
    case 'set-default':
      return table?.hasDefault(action.column);
    case 'drop-default':
      return not(table?.hasDefault(action.column));
    case 'change-type':
      return table?.isOfType(action.column, action.type);
    case 'create-index': {
      const index = action.name === undefined ? undefined : table?.index(action.name);
      return index && index === 'valid';
    }
    case 'add-constraint': {
      const constraint =
        action.constraint.name === undefined ? undefined : table?.constraint(action.constraint.name);
      return constraint && constraint !== 'none';
    }
    case 'drop-constraint': {
      const constraint = table?.constraint(action.name);
      return constraint && constraint === 'none';
    }
    case 'validate-constraint': {
      const constraint = table?.constraint(action.name);
      return constraint && constraint === 'validated';
    }
    case 'create-trigger':
      return table?.trigger(action.name);
    case 'create-enum':
      return shape.enumValues(action.type) !== undefined;
    case 'add-enum-value':
      return shape.enumValues(action.type)?.includes(action.value);
    case 'rename-enum-value':
      return shape.enumValues(action.type)?.includes(action.to);
    case 'drop':
      if (action.what === 'table') return action.names.every((name) => !shape.hasTable(name));
      if (action.what === 'index') return action.names.every((name) => !shape.hasIndex(name));
      if (action.what === 'trigger' && table) return action.names.every((name) => !table.trigger(name));
      return undefined;
    default:
      return undefined;
  }
}

/** `before`: the schema that the applied migrations make. Without one, each statement counts as making a difference. */
export function evidence(
  file: ParsedMigration,
  facts: DatabaseFacts,
  before: Catalogue = emptyCatalogue(),
  prisma?: PrismaVersion,
): Evidence[] {
  const { statements } = file;
  const now = shapeOfFacts(facts);
  const moments = momentsOf(statements, before);
  const questions = statements.flatMap((statement) =>
    statement.actions.flatMap((action) => {
      const there = isThere(action, now);
      return there === undefined ? [] : [{ action, place: statement.index, there }];
    }),
  );
  /** Whether the schema would look as it does, had this many statements run. */
  const fits = (count: number): boolean => {
    const then = shapeOfCatalogue(moments[count] ?? before);
    return questions.every(({ action, place, there }) => (isThere(action, then) ?? count > place) === there);
  };
  const fitting = ends(statements, prisma).filter(fits);
  // A transaction that failed has left nothing, unless the schema says otherwise.
  const nothing = wholeFileIsOneTransaction(prisma) === true && fitting.includes(0);
  const counts = nothing ? [0] : fitting;
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return statements.flatMap((statement): Evidence[] => {
    if (statement.actions.every(({ do: what }) => what === 'transaction' || what === 'set')) return [];
    const tookEffect =
      counts.length > 0
        ? statement.index < least
          ? true
          : statement.index >= most
            ? false
            : undefined
        : // No moment of the file looks like this: somebody has changed something since. What is seen is all that is told.
          byItself(questions.filter(({ place }) => place === statement.index));
    const undo = undone(statement.actions, moments[statement.index] ?? before, before);
    const leftover = tookEffect ? undefined : invalidIndex(statement, now);
    return [
      {
        line: statement.line,
        text: shortened(statement.text.replace(/\s+/g, ' ')),
        tookEffect,
        ...(undo === undefined ? {} : { undo }),
        ...(leftover ? { leftover } : {}),
      },
    ];
  });
}

const shortened = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 59)}…`);

/** The schema before the file, and after each of its statements. */
function momentsOf(statements: readonly Statement[], before: Catalogue): Catalogue[] {
  const moments = [copyCatalogue(before)];
  for (const statement of statements) {
    const next = copyCatalogue(moments.at(-1) as Catalogue);
    for (const action of statement.actions) apply(next, action);
    moments.push(next);
  }
  return moments;
}

/** After how many statements it can have ended: never in the middle of a transaction. */
function ends(statements: readonly Statement[], prisma: PrismaVersion | undefined): number[] {
  const transactions = transactionsOf(statements, prisma);
  return [0, ...statements.map(({ index }) => index + 1)].filter((count) => {
    const [last, next] = [transactions[count - 1], transactions[count]];
    return !last || last !== next || !last.certain;
  });
}

const byItself = (questions: readonly { there: boolean }[]): boolean | undefined =>
  questions.length === 0 ? undefined : questions.every(({ there }) => there);

function invalidIndex({ actions }: Statement, now: Shape): string | undefined {
  for (const action of actions)
    if (action.do === 'create-index' && action.name !== undefined)
      if (now.table(action.table)?.index(action.name) === 'invalid')
        return `DROP INDEX CONCURRENTLY ${quote(action.name)};`;
  return undefined;
}

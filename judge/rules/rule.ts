// What a rule is. One file a rule; its cases stand beside it in <id>.cases.sql; its page in docs/rules/ is generated.
import type {
  Consequence,
  DatabaseFacts,
  Effect,
  Estimate,
  MigrationPolicy,
  SafeForm,
  Severity,
} from '../../core/migrations.ts';
import type { PrismaSchema } from '../compatibility/prisma.ts';
import type { PrismaVersion } from '../history/prisma-version.ts';
import type { Action, ActionOf } from '../parse/action.ts';
import type { ParsedMigration, Statement } from '../parse/statements.ts';
import type { RehearsedStatement } from '../rehearse/result.ts';
import type { Catalogue } from '../schema/catalogue.ts';
import type { Transaction } from '../schema/transactions.ts';

/** Everything that is the same for all statements of one judgement. */
export type Setting = {
  pending: readonly ParsedMigration[];
  facts: DatabaseFacts | undefined;
  policy: MigrationPolicy;
  /** Major version, 13 to 18; the newest where it is not known. */
  server: { major: number; known: boolean };
  prisma: PrismaVersion | undefined;
  /** The release that runs now, and would be rolled back to. */
  oldClient: PrismaSchema | undefined;
  newClient: PrismaSchema | undefined;
  /** Whether any applied migration is known. Without one nothing is known of existing tables. */
  history: boolean;
  now: Date;
};

/** What a rule is asked about one statement. */
export type Context = Setting & {
  file: ParsedMigration;
  statement: Statement;
  /** The statement's place among all pending ones. */
  place: number;
  before: Catalogue;
  effects: readonly Effect[];
  by: 'rehearsal' | 'rules';
  rehearsed: RehearsedStatement | undefined;
  transaction: Transaction;
  /** Every pending statement before this one, with the file it is in. */
  earlier: readonly Placed[];
  later: readonly Placed[];
};

export type Placed = {
  file: ParsedMigration;
  statement: Statement;
  place: number;
  effects: readonly Effect[];
  transaction: Transaction;
  before: Catalogue;
};

export type Judged = {
  severity: Severity;
  why: string;
  help?: string;
  table?: string;
  safe?: SafeForm;
  estimate?: Estimate;
  consequences?: Consequence[];
  /** Where in the file, if it is not the statement's start (a unit offset in the text). */
  at?: number;
};

type Page = {
  id: string;
  /** What it finds, one sentence. */
  finds: string;
  /** Why that matters: the problem as a person meets it. */
  why: string;
  /** The safe form in words and, where it helps, SQL. */
  instead: string;
  /** Rules about how a file is written rather than what it does; they are never more than a notice. */
  style?: boolean;
};

export type ActionRule<K extends Action['do'] = Action['do']> = Page & {
  on: readonly K[];
  judge: (action: ActionOf<K>, context: Context) => Judged | readonly Judged[] | undefined;
};

export type StatementRule = Page & {
  judgeStatement: (context: Context) => Judged | readonly Judged[] | undefined;
};

export type FileRule = Page & {
  judgeFile: (
    file: ParsedMigration,
    setting: Setting,
  ) => readonly (Judged & { line: number; column: number })[];
};

/** Rules whose findings are made elsewhere (rehearsal, compatibility, facts); the page says what they mean. */
export type NamedRule = Page & { named: true };

export type Rule = ActionRule | StatementRule | FileRule | NamedRule;

/** Keeps the types of a rule's own actions while the registry sees a plain rule. */
export const rule = <K extends Action['do']>(definition: ActionRule<K>): Rule =>
  definition as unknown as Rule;
export const statementRule = (definition: StatementRule): Rule => definition;
export const fileRule = (definition: FileRule): Rule => definition;
export const namedRule = (definition: Omit<NamedRule, 'named'>): Rule => ({ ...definition, named: true });

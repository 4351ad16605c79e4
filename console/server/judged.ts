/** The judged migrations as the page shows them: statements under their files, findings beside what they are about. Pure. */
import type { DatabaseFacts, Finding, Judgement, StatementJudgement } from '../../core/migrations.ts';
import { lockModeSchema } from '../../core/migrations.ts';
import type { Manifest } from '../../core/release.ts';
import type {
  Approval,
  ApprovalFinding,
  ApprovalStatement,
  Compatible,
  Estimate,
} from '../model/approval.ts';

type Detail = Judgement['compatibility']['details'][number];

/** Shorter than anybody notices; the lock is then only a matter of getting it. */
const BRIEF_SECONDS = 0.1;
const READS = ['read', 'filter'];
const NEW_ROWS = ['read-after-new-writes'];

export function migrationsOf(judgement: Judgement, manifest: Manifest | undefined): Approval['migrations'] {
  const names = [...new Set(judgement.statements.map(({ migration }) => migration))];
  return names.map((name) => {
    const file = manifest?.migrations.find((migration) => migration.name === name);
    const statements = judgement.statements.filter(({ migration }) => migration === name);
    return {
      name,
      sha256: file?.checksum ?? null,
      sql: file?.sql ?? statements.map(({ text }) => `${text};`).join('\n'),
      statements: statements.map((statement, index) =>
        statementOf(statement, statements[index + 1], judgement),
      ),
    };
  });
}

function statementOf(
  statement: StatementJudgement,
  next: StatementJudgement | undefined,
  judgement: Judgement,
): ApprovalStatement {
  const { effects, estimate } = statement;
  const about = (finding: Finding) =>
    finding.migration === statement.migration &&
    finding.line >= statement.line &&
    (next === undefined || finding.line < next.line);
  const strongest = strongestOf(effects);
  const details = detailsAbout(statement.text, judgement);
  return {
    line: statement.line,
    text: statement.text.replace(/\s+/g, ' '),
    lock: strongest?.lock ?? null,
    table: strongest?.table ?? null,
    waits: waitsOf(strongest?.lock, estimate),
    rewrites: effects.some(({ rewrites }) => rewrites),
    scans: effects.some(({ scans }) => scans),
    rows: null,
    estimate: estimate ?? null,
    compatible: worstOf(details, 'compatible'),
    compatibleNote: [...new Set(details.map(noteOf))].join(', '),
    severity: statement.severity,
    findings: judgement.findings.flatMap((finding, index) => (about(finding) ? [index] : [])),
  };
}

export function findingsOf(
  judgement: Judgement,
  facts: DatabaseFacts | undefined,
  oldCode: string | null,
): ApprovalFinding[] {
  return judgement.findings.map((finding) => {
    const statement = judgement.statements.findLast(
      ({ migration, line }) => migration === finding.migration && line <= finding.line,
    );
    const effects = finding.observed?.effects ?? statement?.effects ?? [];
    const strongest =
      strongestOf(effects.filter(({ table }) => !finding.table || table === finding.table)) ??
      strongestOf(effects);
    const details = detailsAbout(finding.statement, judgement);
    const old = oldCode ? ` for \`${oldCode}\`` : '';
    const told = (operations: (operation: string) => boolean) =>
      details
        .filter(({ operation }) => operations(operation))
        .map(({ code, why }) => `${code ? `\`${code}\`: ` : ''}${why}`)[0] ?? `work${old}`;
    const estimate = finding.estimate ?? statement?.estimate ?? null;
    return {
      rule: finding.rule,
      severity: finding.severity,
      why: finding.why,
      migration: finding.migration,
      line: finding.line,
      lastLine: finding.line + finding.statement.trimEnd().split('\n').length - 1,
      lock: strongest?.lock ?? null,
      table: finding.table ?? strongest?.table ?? null,
      waits: waitsOf(strongest?.lock, estimate ?? undefined),
      rewrites: effects.some(({ rewrites }) => rewrites),
      scans: effects.some(({ scans }) => scans),
      estimate,
      failsToday: failsToday(finding, statement, facts),
      compatible: worstOf(
        details,
        finding.consequences.includes('no-rollback')
          ? judgement.compatibility.oldCodeOnNewSchema
          : 'compatible',
      ),
      reads: told((operation) => READS.includes(operation)),
      writes: told((operation) => !READS.includes(operation) && !NEW_ROWS.includes(operation)),
      newRows: told((operation) => NEW_ROWS.includes(operation)),
      safe: finding.safe ?? null,
      consequences: finding.consequences,
      help: finding.help ?? null,
      behind: finding.waits ?? null,
    };
  });
}

function failsToday(
  finding: Finding,
  statement: StatementJudgement | undefined,
  facts: DatabaseFacts | undefined,
): ApprovalFinding['failsToday'] {
  const probe = facts?.probes.find(
    ({ table, columns }) =>
      table === finding.table && columns.some((column) => finding.statement.includes(column)),
  );
  const checked = facts ? `, asked ${facts.readAt.slice(11, 16)} UTC` : '';
  if (probe?.found === true) return { answer: 'yes', note: `today's rows have ${probe.kind}${checked}` };
  if (probe?.found === false) return { answer: 'no', note: `no ${probe.kind} in today's rows${checked}` };
  const error = finding.observed?.error ?? statement?.error;
  if (error) return { answer: 'yes', note: error };
  if (probe) return { answer: 'unknown', note: probe.reason ?? '' };
  return statement?.by === 'rehearsal'
    ? { answer: 'no', note: 'it went through in the rehearsal' }
    : { answer: 'unknown', note: statement?.notRehearsed ?? 'it was not rehearsed' };
}

function strongestOf<E extends { lock: (typeof lockModeSchema.options)[number] }>(
  effects: readonly E[],
): E | undefined {
  const rank = ({ lock }: E) => lockModeSchema.options.indexOf(lock);
  return effects.toSorted((a, b) => rank(b) - rank(a))[0];
}

function waitsOf(lock: string | undefined, estimate: Estimate | undefined): string {
  if (!lock) return 'nobody waits';
  if (estimate && estimate.high !== null && estimate.high < BRIEF_SECONDS) return 'brief';
  if (lock === 'ACCESS EXCLUSIVE') return 'reads and writes wait';
  return ['SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE'].includes(lock) ? 'writes wait' : 'nobody waits';
}

/** A detail names a model and a field of Prisma's; a statement is about it where it names the field, or without one the model. */
function detailsAbout(statement: string, { compatibility }: Judgement): Detail[] {
  const text = statement.toLowerCase();
  return compatibility.details.filter(
    ({ direction, agreement, field, model }) =>
      direction === 'old-code-on-new-schema' &&
      agreement !== 'compatible' &&
      (field ? text.includes(field.toLowerCase()) : text.includes(model.toLowerCase())),
  );
}

function worstOf(details: readonly Detail[], otherwise: Compatible): Compatible {
  const found = (['incompatible', 'until-written', 'unknown'] as const).find((agreement) =>
    details.some((detail) => detail.agreement === agreement),
  );
  return found ?? otherwise;
}

function noteOf({ operation, code }: Detail): string {
  const what = READS.includes(operation) || NEW_ROWS.includes(operation) ? 'reads' : 'writes';
  return code ? `${what} ${code}` : what;
}

/** Seconds for which somebody waits, over all findings that make them wait: low and high; a null high: any time. */
export function waitedFor(
  findings: readonly ApprovalFinding[],
  who: 'reads' | 'writes',
): { low: number; high: number | null } {
  const waits = findings.filter((finding) =>
    who === 'reads'
      ? finding.waits.startsWith('reads')
      : / wait$/.test(finding.waits) && !finding.waits.startsWith('nobody'),
  );
  return {
    low: waits.reduce((sum, { estimate }) => sum + (estimate?.low ?? 0), 0),
    high: waits.reduce<number | null>(
      (sum, { estimate }) =>
        sum === null || !estimate || estimate.high === null ? null : sum + estimate.high,
      0,
    ),
  };
}

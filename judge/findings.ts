// Every rule is asked about every file and statement; what it answers becomes a finding with its place.
import { type Finding, heavier, type Severity, type StatementJudgement } from '../core/migrations.ts';
import { estimateWork, longest, workOf } from './facts/estimate.ts';
import { waitsBehind } from './facts/waits.ts';
import type { ParsedMigration } from './parse/statements.ts';
import { rules } from './rules/index.ts';
import type { Context, Judged, Setting } from './rules/rule.ts';

const longestStatement = 2000;

export function fileFindings(file: ParsedMigration, setting: Setting): Finding[] {
  return rules.flatMap((entry) =>
    'judgeFile' in entry
      ? entry.judgeFile(file, setting).map(
          (judged): Finding => ({
            ...base(entry.id, judged, file),
            line: judged.line,
            column: judged.column,
            statement: '',
          }),
        )
      : [],
  );
}

export function statementFindings(context: Context): Finding[] {
  const { file, statement } = context;
  const found: Finding[] = [];
  const say = (rule: string, judged: Judged | readonly Judged[] | undefined, action?: number): void => {
    for (const one of judged === undefined ? [] : [judged].flat()) {
      const at = one.at === undefined ? statement : file.source.position(one.at);
      const finding: Finding = {
        ...base(rule, one, file),
        line: at.line,
        column: at.column,
        statement: shorten(statement.text),
        ...(action === undefined ? {} : { action }),
        observed: {
          by: context.by,
          effects: [...context.effects],
          ...(context.rehearsed?.error ? { error: errorText(context.rehearsed.error) } : {}),
        },
      };
      const waits = waitsBehind(context.facts, context.effects);
      if (waits && finding.severity !== 'fine') finding.waits = waits;
      found.push(finding);
    }
  };
  for (const entry of rules) {
    if ('judgeStatement' in entry) say(entry.id, entry.judgeStatement(context));
    if (!('judge' in entry)) continue;
    for (const [position, action] of statement.actions.entries())
      if (entry.on.includes(action.do)) say(entry.id, entry.judge(action as never, context), position);
  }
  // What is fine by itself is none the less kept waiting.
  const why = found.some((finding) => finding.waits)
    ? undefined
    : waitsBehind(context.facts, context.effects, LONG_SECONDS);
  if (why) say('waiting-behind-session', { severity: 'notice', why, help: WAIT_HELP });
  return found;
}

/** A transaction that is open for as long will be there for a while. */
const LONG_SECONDS = 1;
const WAIT_HELP =
  'Let it end first, or end it: SELECT pg_terminate_backend(PID). The lock time-out bounds the wait.';

const errorText = (error: { code: string; message: string }): string => `${error.code} ${error.message}`;

export const base = (
  rule: string,
  judged: Judged,
  file: ParsedMigration,
): Omit<Finding, 'line' | 'column' | 'statement'> => ({
  rule,
  severity: judged.severity,
  migration: file.name,
  file: file.file,
  why: judged.why,
  ...(judged.table ? { table: judged.table } : {}),
  ...(judged.help ? { help: judged.help } : {}),
  ...(judged.safe ? { safe: judged.safe } : {}),
  ...(judged.estimate ? { estimate: judged.estimate } : {}),
  consequences: judged.consequences ?? [],
});

const shorten = (text: string): string =>
  text.length <= longestStatement ? text : `${text.slice(0, longestStatement)}…`;

export function statementJudgement(context: Context, findings: readonly Finding[]): StatementJudgement {
  const { file, statement, rehearsed } = context;
  const mine = findings.filter(
    (finding) =>
      finding.file === file.file && finding.line === statement.line && finding.column === statement.column,
  );
  const kind = statement.actions.some((action) => action.do === 'create-index') ? 'create-index' : undefined;
  const estimates = context.effects
    .filter((effect) => context.before.tables.get(effect.table)?.madeBy === undefined)
    .map((effect) => estimateWork(workOf(effect, kind), context.facts?.tables[effect.table], effect.lock));
  const estimate = longest(estimates);
  return {
    migration: file.name,
    file: file.file,
    line: statement.line,
    column: statement.column,
    text: shorten(statement.text),
    severity: mine.reduce<Severity>((sum, finding) => heavier(sum, finding.severity), 'fine'),
    by: context.by,
    effects: [...context.effects],
    ...(rehearsed?.error ? { error: errorText(rehearsed.error) } : {}),
    ...(rehearsed?.outcome === 'skipped' ? { notRehearsed: rehearsed.reason ?? 'unknown' } : {}),
    ...(estimate ? { estimate } : {}),
  };
}

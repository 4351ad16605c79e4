// The last word on a finding: the environment's rules, and the comments in the file that allow it.
import type { Finding, RuleAction, Severity } from '../core/migrations.ts';
import type { Allowance } from './parse/allow.ts';
import type { ParsedMigration } from './parse/statements.ts';
import { ruleIds } from './rules/index.ts';
import type { Setting } from './rules/rule.ts';

const severities: Record<Exclude<RuleAction, 'off'>, Severity> = {
  notice: 'notice',
  approve: 'needs-approval',
  block: 'blocked',
};

/** These say that the file cannot run at all: no comment in it makes it run. */
const unforgivable = new Set(['unparsable-file', 'failing-statement', 'history-disagreeing']);

export function applyPolicy(
  found: readonly Finding[],
  pending: readonly ParsedMigration[],
  setting: Setting,
): { findings: Finding[]; problems: Finding[] } {
  const problems: Finding[] = pending.flatMap((file) =>
    file.allowances.flatMap((allowance) => problemWith(allowance, file, setting.now)),
  );
  const findings = found.flatMap((finding): Finding[] => {
    const action = setting.policy.rules[finding.rule];
    if (action === 'off') return [];
    const judged =
      action && finding.severity !== 'fine' ? { ...finding, severity: severities[action] } : finding;
    if (judged.severity === 'fine') return [];
    const file = pending.find((candidate) => candidate.name === finding.migration);
    const allowance =
      file && !unforgivable.has(finding.rule) ? allowanceFor(finding, file, setting.now) : undefined;
    if (!allowance?.reason) return [judged];
    return [
      {
        ...judged,
        severity: 'notice',
        allowed: { reason: allowance.reason, ...(allowance.until ? { until: allowance.until } : {}) },
      },
    ];
  });
  return { findings, problems };
}

/** It stands between the statement before and this one, or behind this one on its last line. */
function allowanceFor(finding: Finding, file: ParsedMigration, now: Date): Allowance | undefined {
  const valid = file.allowances.filter(
    (allowance) => allowance.rule === finding.rule && !allowance.problem && !expired(allowance, now),
  );
  if (valid.length === 0) return undefined;
  const place = file.statements.findIndex((statement, index) => {
    const next = file.statements[index + 1];
    const starts =
      statement.line < finding.line ||
      (statement.line === finding.line && statement.column <= finding.column);
    return (
      starts &&
      (!next || next.line > finding.line || (next.line === finding.line && next.column > finding.column))
    );
  });
  const statement = file.statements[place];
  // A finding about the file as a whole is allowed from anywhere in it.
  if (!statement || finding.statement === '') return valid[0];
  const previous = file.statements[place - 1];
  const end = statement.start + statement.text.length;
  const from = previous ? lineEnd(file.source.text, previous.start + previous.text.length) : 0;
  return valid.find(
    (allowance) => allowance.start >= from && allowance.start <= lineEnd(file.source.text, end),
  );
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/** The day itself still counts, in UTC. */
const expired = (allowance: Allowance, now: Date): boolean =>
  allowance.until !== undefined && now.toISOString().slice(0, 10) > allowance.until;

function problemWith(allowance: Allowance, file: ParsedMigration, now: Date): Finding[] {
  const at = {
    migration: file.name,
    file: file.file,
    line: allowance.line,
    column: allowance.column,
    statement: '',
    consequences: [],
  };
  const known = ruleIds.includes(allowance.rule);
  if (allowance.problem || !known) {
    const what = allowance.problem ?? `names "${allowance.rule}", which is no rule`;
    return [
      {
        ...at,
        rule: 'allowing-wrongly',
        severity: 'blocked',
        why: `This lockstep:allow ${what}.`,
        help: '-- lockstep:allow RULE reason="why" until=2026-12-31',
      },
    ];
  }
  if (expired(allowance, now))
    return [
      {
        ...at,
        rule: 'allowing-wrongly',
        severity: 'notice',
        why: `This lockstep:allow ended on ${allowance.until}: it counts as absent.`,
      },
    ];
  return [];
}

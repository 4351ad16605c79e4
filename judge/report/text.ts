// A judgement for a terminal, without colour: black and white at 80 columns and wider.
import type { Finding, Judgement, Severity } from '../../core/migrations.ts';
import { sentence } from '../compatibility/breaking.ts';
import { span } from '../facts/estimate.ts';

const words: Record<Severity, string> = {
  fine: 'fine',
  notice: 'notice',
  'needs-approval': 'needs approval',
  blocked: 'blocked',
};

/** The verdict word, to be coloured by whoever prints it. */
export const verdictWords: Record<Judgement['verdict'], string> = {
  none: 'nothing pending',
  safe: 'safe',
  'needs-approval': 'needs approval',
  blocked: 'blocked',
};

export function renderText(judgement: Judgement): string {
  const lines: string[] = [];
  for (const [file, findings] of Map.groupBy(judgement.findings, (finding) => finding.file)) {
    lines.push(file);
    for (const finding of findings) lines.push(...render(finding), '');
  }
  const count = (severity: Severity): number =>
    judgement.statements.filter((statement) => statement.severity === severity).length;
  const { length } = judgement.statements;
  lines.push(
    `${length} ${length === 1 ? 'statement' : 'statements'}: ${count('fine')} fine, ${count('notice')} with a notice, ${count('needs-approval')} to approve, ${count('blocked')} blocked.`,
  );
  lines.push(`old code   ${oldCode(judgement)}`);
  if (judgement.consequences.length > 0) lines.push(`accepting  ${judgement.consequences.join(', ')}`);
  if (!judgement.rehearsal.done || judgement.rehearsal.reason)
    lines.push(`rehearsal  ${judgement.rehearsal.done ? '' : 'none: '}${judgement.rehearsal.reason ?? ''}`);
  const verdict = verdictWords[judgement.verdict];
  lines.push(`${verdict[0]?.toUpperCase()}${verdict.slice(1)}.`);
  return `${lines.join('\n')}\n`;
}

export function oldCode(judgement: Judgement): string {
  const { oldCodeOnNewSchema, details } = judgement.compatibility;
  if (oldCodeOnNewSchema === 'unknown') return 'unknown: its schema.prisma was not given';
  if (oldCodeOnNewSchema === 'compatible') return 'works on the new schema; a rollback stays possible';
  const first = details.find(
    (detail) => detail.direction === 'old-code-on-new-schema' && detail.agreement === oldCodeOnNewSchema,
  );
  const head =
    oldCodeOnNewSchema === 'until-written' ? 'works until the new code has written' : 'incompatible';
  return first ? `${head}: ${sentence(first)}` : head;
}

function render(finding: Finding): string[] {
  const indent = '        ';
  const lines = [
    `  ${finding.line}:${finding.column}  ${words[finding.severity]}  ${finding.rule}${finding.allowed ? ` (allowed: ${finding.allowed.reason})` : ''}`,
  ];
  // A finding about the file as a whole has no statement.
  const text = finding.statement === '' ? [] : finding.statement.split('\n');
  const shown = text.slice(0, 6);
  for (const [index, line] of shown.entries())
    lines.push(`    ${String(finding.line + index).padStart(3)} | ${line}`);
  if (text.length > shown.length) lines.push('      … |');
  lines.push(`${indent}${finding.why}`);
  const locks = finding.observed?.effects.filter((effect) => effect.lock !== 'ACCESS SHARE') ?? [];
  if (locks.length > 0) {
    const what = locks
      .map(
        (effect) =>
          `${effect.lock} on ${effect.table}${effect.rewrites ? ', rewritten' : effect.scans ? ', read' : ''}`,
      )
      .join('; ');
    lines.push(`${indent}lock   ${what} (${finding.observed?.by === 'rehearsal' ? 'seen' : 'by the rules'})`);
  }
  if (finding.estimate)
    lines.push(
      `${indent}time   ${span(finding.estimate.low, finding.estimate.high)}  ${finding.estimate.reason}`,
    );
  if (finding.waits) lines.push(`${indent}wait   ${finding.waits}`);
  if (finding.help) lines.push(`${indent}help   ${finding.help}`);
  if (finding.safe) {
    lines.push(`${indent}safe   ${finding.safe.summary}`);
    for (const step of finding.safe.steps)
      for (const [index, line] of step.sql.split('\n').entries())
        lines.push(`${indent}       ${index === 0 ? step.when.padEnd(13) : ' '.repeat(13)}  ${line}`);
  }
  return lines;
}

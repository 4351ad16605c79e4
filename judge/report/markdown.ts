// For a comment on a pull request.
import type { Judgement } from '../../core/migrations.ts';
import { span } from '../facts/estimate.ts';
import { oldCode, verdictWords } from './text.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function renderMarkdown(judgement: Judgement): string {
  const lines = [
    `## Migrations: ${verdictWords[judgement.verdict]}`,
    '',
    `Old code: ${oldCode(judgement)}`,
    '',
  ];
  if (judgement.statements.length > 0) {
    lines.push('| statement | lock | time | verdict |', '|---|---|---|---|');
    for (const statement of judgement.statements) {
      const locks = statement.effects
        .filter((effect) => effect.lock !== 'ACCESS SHARE')
        .map(
          (effect) =>
            `${effect.lock} on ${effect.table}${effect.rewrites ? ', rewrite' : effect.scans ? ', scan' : ''}`,
        );
      const text = statement.text.replace(/\s+/g, ' ').slice(0, 100);
      lines.push(
        `| \`${cell(text).replaceAll('`', "'")}\` ${cell(statement.file)}:${statement.line} | ${cell(locks.join('; ')) || 'none'} | ${statement.estimate ? span(statement.estimate.low, statement.estimate.high) : ''} | ${statement.severity} |`,
      );
    }
    lines.push('');
  }
  for (const finding of judgement.findings) {
    lines.push(
      `### ${finding.severity}: ${finding.rule}`,
      '',
      `${finding.file}:${finding.line}:${finding.column}`,
      '',
    );
    if (finding.statement) lines.push('```sql', finding.statement, '```', '');
    lines.push(finding.why, '');
    if (finding.waits) lines.push(finding.waits, '');
    if (finding.help) lines.push(`Help: ${finding.help}`, '');
    if (finding.safe) {
      lines.push(`Safe form: ${finding.safe.summary}`, '', '```sql');
      for (const step of finding.safe.steps) lines.push(`-- ${step.when}`, step.sql);
      lines.push('```', '');
    }
    if (finding.allowed) lines.push(`Allowed: ${finding.allowed.reason}`, '');
  }
  if (judgement.consequences.length > 0)
    lines.push(`Approving accepts: ${judgement.consequences.join(', ')}.`, '');
  return lines.join('\n');
}

// A rule's page in docs/rules/, from the rule and its cases.
import { casesOf } from './cases.ts';
import type { Rule } from './rule.ts';

const severities: Record<string, string> = {
  notice: 'a notice',
  'needs-approval': 'needs approval',
  blocked: 'blocked',
  fine: 'fine',
};

/** `hasCases`: findings of rules without cases are made elsewhere, and the page says where. */
export function page(rule: Rule, hasCases: boolean): string {
  const lines = [
    `# ${rule.id}`,
    '',
    rule.finds,
    '',
    '## Why',
    '',
    rule.why,
    '',
    '## Instead',
    '',
    rule.instead,
    '',
  ];
  if (rule.style) lines.push('This is about how a file is written: it is never more than a notice.', '');
  if (hasCases) {
    const cases = casesOf(rule.id);
    lines.push('## What it finds', '');
    for (const entry of cases.filter((candidate) => candidate.severity)) lines.push(...block(entry));
    lines.push('## What it lets pass', '');
    for (const entry of cases.filter((candidate) => !candidate.severity)) lines.push(...block(entry));
  }
  lines.push(
    '## Allowing it',
    '',
    '```sql',
    `-- lockstep:allow ${rule.id} reason="why it is fine here" until=2026-12-31`,
    '```',
    '',
    'Or for an environment: `"migrations": {"rules": {"' +
      rule.id +
      '": "off" | "notice" | "approve" | "block"}}`.',
    '',
  );
  return lines.join('\n');
}

function block(entry: ReturnType<typeof casesOf>[number]): string[] {
  const notes = [
    ...entry.given.map((sql) => `-- applied before: ${sql}`),
    ...(entry.prisma ? [`-- Prisma ${entry.prisma}`] : []),
    ...(entry.server ? [`-- PostgreSQL ${entry.server}`] : []),
    ...(entry.old ? [`-- the release that runs now: ${entry.old.replaceAll('\n', ' ').trim()}`] : []),
  ];
  const title = entry.severity
    ? `${entry.title[0]?.toUpperCase()}${entry.title.slice(1)}: ${severities[entry.severity]}.`
    : `${entry.title[0]?.toUpperCase()}${entry.title.slice(1)}.`;
  return [title, '', '```sql', ...notes, entry.sql, '```', ''];
}

export function overview(rules: readonly Rule[]): string {
  const lines = [
    '# Rules',
    '',
    'Generated from `judge/rules/`: `npm run docs`. The cases on each page happen in the shop of `judge/rules/shop.sql`.',
    '',
    '| rule | finds |',
    '|---|---|',
  ];
  for (const rule of rules)
    lines.push(`| [${rule.id}](${rule.id}.md) | ${rule.finds.replaceAll('|', '\\|')} |`);
  return `${lines.join('\n')}\n`;
}

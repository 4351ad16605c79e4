// `lockstep migrations fix`: the pending migrations written anew as expand, migrate, contract. Pure: the command writes the files,
// and only where it is told to; applied migrations are never touched.
import type { Finding, Judgement, Migration } from '../../core/migrations.ts';
import { type ParsedMigration, parseMigration } from '../parse/statements.ts';
import { alone, commands } from './text.ts';

export type FixFile = { name: string; when: 'this-release' | 'next-release' | 'later-release'; sql: string };
export type Fix = {
  migration: string;
  /** In place of the pending migration, in the order in which they are to run. Those of later releases are not to be committed yet. */
  files: FixFile[];
  /** Findings for which there is no safe form in SQL. */
  left: Pick<Finding, 'rule' | 'line' | 'why' | 'help'>[];
};

/** The parser must be loaded (loadParser). `judgement` is that of the same pending migrations. */
export function fix(pending: readonly Migration[], judgement: Judgement): Fix[] {
  return pending.flatMap((migration) => {
    const parsed = parseMigration(migration);
    const mine = judgement.findings.filter(
      (finding) =>
        finding.migration === migration.name &&
        (finding.severity === 'needs-approval' || finding.severity === 'blocked'),
    );
    if (mine.length === 0 || parsed.statements.length === 0) return [];
    return [fixOne(parsed, mine)];
  });
}

function fixOne(file: ParsedMigration, findings: readonly Finding[]): Fix {
  const kept: string[] = [];
  const steps: { when: FixFile['when']; name: string; sql: string }[] = [];
  const left: Fix['left'] = [];
  const flush = (): void => {
    if (kept.length > 0)
      steps.push({
        when: 'this-release',
        name: 'rest',
        sql: kept
          .splice(0)
          .map((sql) => `${sql};`)
          .join('\n'),
      });
  };
  for (const statement of file.statements) {
    const mine = findings.filter(
      (finding) => finding.line === statement.line && finding.column === statement.column,
    );
    const safe = mine.filter((finding) => finding.safe);
    for (const finding of mine)
      if (!finding.safe && safe.length === 0)
        left.push({
          rule: finding.rule,
          line: finding.line,
          why: finding.why,
          ...(finding.help ? { help: finding.help } : {}),
        });
    const replaced = positions(safe);
    if (safe.length === 0) {
      kept.push(statement.text);
      continue;
    }
    const parts = commands(statement.text);
    for (const [position] of statement.actions.entries()) {
      const finding = replaced.get(position);
      if (!finding) {
        kept.push(parts ? alone(statement.text, position) : statement.text);
        continue;
      }
      flush();
      steps.push(...(finding.safe?.steps ?? []));
    }
  }
  flush();
  return { migration: file.name, files: named(file.name, steps), left };
}

/** Which finding replaces which of the statement's actions; the first that has a safe form wins. */
function positions(safe: readonly Finding[]): Map<number, Finding> {
  const found = new Map<number, Finding>();
  for (const finding of safe) {
    const position = finding.action ?? 0;
    if (!found.has(position)) found.set(position, finding);
  }
  return found;
}

/** Names that sort after one another, from the migration's own: 20261124120000_note → 20261124120000_note_1_add … */
function named(migration: string, steps: { when: FixFile['when']; name: string; sql: string }[]): FixFile[] {
  const order: FixFile['when'][] = ['this-release', 'next-release', 'later-release'];
  const sorted = [...steps].sort((a, b) => order.indexOf(a.when) - order.indexOf(b.when));
  const digits = String(sorted.length).length;
  return sorted.map((step, index) => ({
    when: step.when,
    name: `${migration}_${String(index + 1).padStart(digits, '0')}_${step.name}`.slice(0, 200),
    sql: `${step.sql}\n`,
  }));
}

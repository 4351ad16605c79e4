// What the old code cannot live with, and no rule has said yet, becomes a finding at the statement that causes it.
import type { Compatibility, CompatibilityDetail, Finding, Severity } from '../../core/migrations.ts';
import type { Action } from '../parse/action.ts';
import type { Context } from '../rules/rule.ts';
import type { PrismaSchema } from './prisma.ts';

export function breaking(
  agreement: Compatibility,
  statements: readonly Context[],
  found: readonly Finding[],
  client: PrismaSchema | undefined,
): Finding[] {
  if (!client) return [];
  const result: Finding[] = [];
  for (const detail of agreement.details) {
    if (
      detail.direction !== 'old-code-on-new-schema' ||
      (detail.agreement !== 'incompatible' && detail.agreement !== 'until-written')
    )
      continue;
    const model = client.models.get(detail.model);
    const field = model?.fields.find((candidate) => candidate.name === detail.field);
    const table = model?.table ?? detail.model;
    const column = field?.column ?? detail.field;
    const context = cause(statements, table, column, field?.type);
    if (!context) continue;
    const { file, statement } = context;
    const said = [...found, ...result].some(
      (finding) =>
        finding.file === file.file &&
        finding.line === statement.line &&
        finding.column === statement.column &&
        finding.consequences.includes('no-rollback'),
    );
    if (said) continue;
    // Reads that fail take the whole model down; writes that may fail, and rows that are not there yet, are for a person to weigh.
    const severity: Severity =
      detail.agreement === 'incompatible' && detail.operation === 'read' ? 'blocked' : 'needs-approval';
    result.push({
      rule: 'breaking-old-code',
      severity,
      migration: file.name,
      file: file.file,
      line: statement.line,
      column: statement.column,
      statement: statement.text.slice(0, 2000),
      table,
      why: sentence(detail),
      help: 'Release code that works with both schemas first; migrate in the release after it.',
      consequences: detail.agreement === 'incompatible' ? ['downtime', 'no-rollback'] : ['no-rollback'],
    });
  }
  return result;
}

export function sentence(detail: CompatibilityDetail): string {
  const place = [detail.model, detail.field].filter(Boolean).join('.');
  const code = detail.code ? ` (${detail.code})` : '';
  if (detail.agreement === 'until-written')
    return `The release that runs now works until the new one has written to ${place}${code}. ${detail.why}`;
  return `The release that runs now cannot ${verbs[detail.operation]} ${place}${code}. ${detail.why}`;
}

const verbs: Record<CompatibilityDetail['operation'], string> = {
  read: 'read',
  filter: 'filter by',
  create: 'create',
  update: 'update',
  delete: 'delete',
  upsert: 'upsert',
  'read-after-new-writes': 'read what was written to',
};

/** The last statement that touches the column, else the table, else the type. */
function cause(
  statements: readonly Context[],
  table: string,
  column: string | undefined,
  type: string | undefined,
): Context | undefined {
  const touches = (test: (action: Action) => boolean): Context | undefined =>
    statements.findLast((context) => context.statement.actions.some(test));
  return (
    touches(
      (action) =>
        'table' in action &&
        action.table === table &&
        (('column' in action && nameOf(action.column) === column) ||
          (action.do === 'create-index' && action.columns.includes(column ?? ''))),
    ) ??
    touches((action) => 'type' in action && typeof action.type === 'string' && action.type === type) ??
    touches(
      (action) =>
        ('table' in action && action.table === table) ||
        ('name' in action && action.name === table) ||
        (action.do === 'drop' && action.names.includes(table)),
    ) ??
    statements.findLast((context) => context.statement.actions.some((action) => action.do === 'run-code')) ??
    statements[0]
  );
}

const nameOf = (column: unknown): string =>
  typeof column === 'string' ? column : ((column as { name?: string })?.name ?? '');

import { walk } from '../parse/nodes.ts';
import type { ParsedMigration } from '../parse/statements.ts';
import { statementRule } from './rule.ts';

export default statementRule({
  id: 'using-enum-value-too-early',
  finds: 'An enum value is used in the transaction that added it.',
  why: 'PostgreSQL refuses it (55P04) until the transaction that added the value has committed.',
  instead:
    'ALTER TYPE … ADD VALUE in a migration file of its own. (From Prisma 7.4 on every statement commits by itself.)',
  judgeStatement: (context) => {
    if (context.transaction.kind === 'single') return undefined;
    if (!addsValues(context.file)) return undefined;
    const before = context.transaction.members
      .filter((index) => index < context.statement.index)
      .flatMap((index) => context.file.statements[index]?.actions ?? []);
    // A type made in the same transaction takes new values at once.
    const made = new Set(before.flatMap((action) => (action.do === 'create-enum' ? [action.type] : [])));
    const added = before.flatMap((action) =>
      action.do === 'add-enum-value' && !made.has(action.type) ? [action.value] : [],
    );
    if (added.length === 0) return undefined;
    let used: string | undefined;
    walk(context.statement.node, (kind, body) => {
      const value = kind === 'A_Const' ? (body['sval'] as { sval?: string } | undefined)?.sval : undefined;
      if (value !== undefined && added.includes(value)) used = value;
    });
    if (used === undefined) return undefined;
    const { certain } = context.transaction;
    return {
      severity: certain ? 'blocked' : 'needs-approval',
      why: `'${used}' was added in the same transaction: it fails with 55P04${certain ? '' : ' (under Prisma before 7.4)'}.`,
      help: 'Move ALTER TYPE … ADD VALUE to a migration of its own before this one.',
    };
  },
});

const asked = new WeakMap<ParsedMigration, boolean>();

/** Asked once a file: hardly any does, and some have ten thousand statements. */
function addsValues(file: ParsedMigration): boolean {
  const known = asked.get(file);
  if (known !== undefined) return known;
  const adds = file.statements.some(({ actions }) =>
    actions.some(({ do: what }) => what === 'add-enum-value'),
  );
  asked.set(file, adds);
  return adds;
}

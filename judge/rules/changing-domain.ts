import { rule } from './rule.ts';

export default rule({
  id: 'changing-domain',
  finds: 'A constraint is put on a domain or validated, or a domain is made with one.',
  why: 'Adding one reads every column of the domain in every table, under SHARE: writes wait. So does VALIDATE, unlike that of a table. A column that is added with a constrained domain rewrites its table.',
  instead:
    'CHECK constraints on the columns, NOT VALID and validated later: writes go on meanwhile. Or ADD CONSTRAINT … NOT VALID on the domain, which binds new values only.',
  on: ['alter-domain', 'create-domain'],
  judge: (action, context) => {
    const { type } = action;
    if (action.do === 'create-domain')
      return action.constraints.length > 0
        ? {
            severity: 'notice',
            why: `Columns of ${type} that are added later rewrite their tables, and its constraint is hard to change.`,
          }
        : undefined;
    const made = context.earlier.some((placed) =>
      placed.statement.actions.some((other) => other.do === 'create-domain' && other.type === type),
    );
    if (made || action.change === 'other') return undefined;
    const used = [...context.before.tables.values()].filter((table) =>
      [...table.columns.values()].some((column) => column.type.name === type),
    );
    if (action.notValid) return { severity: 'notice', why: 'Only new values are checked.' };
    if (context.before.domains.has(type) && used.length === 0)
      return { severity: 'notice', why: 'No table that is known has a column of it.' };
    return {
      severity: 'needs-approval',
      why: `Writes wait while ${used.map((table) => table.name).join(', ') || 'every column of the domain'} is read.`,
      help: 'Put CHECK constraints on the columns instead: those are validated while writes go on.',
      consequences: ['downtime'],
    };
  },
});

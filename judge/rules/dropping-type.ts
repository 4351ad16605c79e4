import { rule } from './rule.ts';

export default rule({
  id: 'dropping-type',
  finds: 'A type or domain is dropped, or an attribute of a composite type is dropped, renamed or changed.',
  why: 'With CASCADE every column of the type goes with it. Without, it fails while one is left. A client that still casts to the type fails (P2039).',
  instead: 'Drop it without CASCADE, in a release after the one that stopped using it.',
  on: ['drop', 'other', 'rename-other'],
  judge: (action, context) => {
    if (action.do === 'rename-other')
      return action.what === 'attribute'
        ? {
            severity: 'needs-approval',
            why: `Code that reads ${action.name} of the type by that name fails (42703).`,
            consequences: ['downtime', 'no-rollback'],
          }
        : undefined;
    if (action.do === 'other' && action.kind === 'ALTER TYPE AT_AlterColumnType')
      return {
        severity: 'notice',
        why: `It fails while a table has a column of ${action.name} (0A000).`,
      };
    if (action.do === 'other')
      return action.kind === 'ALTER TYPE AT_DropColumn'
        ? {
            severity: 'needs-approval',
            why: `What every row of every table has in that attribute of ${action.name} is gone, and code that reads it fails.`,
            consequences: ['downtime', 'no-rollback', 'data-loss'],
          }
        : undefined;
    if (action.what !== 'type' && action.what !== 'domain') return undefined;
    const names = action.names.join(', ');
    if (action.cascade)
      return {
        severity: 'needs-approval',
        why: `With CASCADE every column of ${names} is dropped as well.`,
        help: 'Leave CASCADE out.',
        consequences: ['downtime', 'no-rollback', 'data-loss'],
      };
    const used = [...(context.oldClient?.enums.values() ?? [])].some((entry) =>
      action.names.includes(entry.type),
    );
    // Prisma removes a value by making a new type in the old one's place: the name is there again at the end.
    const back = context.later.some((placed) =>
      placed.statement.actions.some(
        (other) =>
          (other.do === 'create-enum' && action.names.includes(other.type)) ||
          (other.do === 'rename-type' && action.names.includes(other.to)),
      ),
    );
    const made = context.earlier.some((placed) =>
      placed.statement.actions.some(
        (other) =>
          (other.do === 'create-enum' && action.names.includes(other.type)) ||
          (other.do === 'rename-type' && action.names.includes(other.to)),
      ),
    );
    const unknown = !context.oldClient && !made;
    if ((used || unknown) && !back) {
      const who = unknown ? 'Whatever still casts' : 'The release that runs now casts';
      const why = `${who} to ${names}${unknown ? ' fails' : ': its writes fail'} (P2039).`;
      return { severity: 'needs-approval', why, consequences: ['downtime', 'no-rollback'] };
    }
    return { severity: 'notice', why: 'It fails if a column of the type is left.' };
  },
});

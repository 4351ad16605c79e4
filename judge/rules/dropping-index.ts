import { dropIndex } from '../fix/forms.ts';
import { factsOf, isNew } from './context.ts';
import { rule } from './rule.ts';

export default rule({
  id: 'dropping-index',
  finds: 'An index is dropped without CONCURRENTLY.',
  why: 'ACCESS EXCLUSIVE on its table. The work is brief, but while the statement waits for the transactions before it, every query on the table queues behind it. What the index made fast is slow afterwards.',
  instead: 'DROP INDEX CONCURRENTLY, alone in its migration file.',
  on: ['drop'],
  judge: (action, context) => {
    if (action.what !== 'index') return undefined;
    const tables = action.names.map((name) => context.before.indexes.get(name)?.table);
    if (
      tables.every(
        (table, place) =>
          (table !== undefined && isNew(context, table)) ||
          context.before.indexes.get(action.names[place] ?? '')?.madeBy !== undefined,
      )
    )
      return undefined;
    const used = action.names.flatMap(
      (name, place) =>
        factsOf(context, tables[place] ?? '')?.indexes.filter(
          (index) => index.name === name && index.scans > 0,
        ) ?? [],
    );
    const usage = used
      .map((index) => `${index.name} was used ${index.scans.toLocaleString('en-US')} times.`)
      .join(' ');
    if (action.concurrently)
      return usage
        ? { severity: 'notice', why: `${usage} Queries that it made fast are slow afterwards.` }
        : undefined;
    const small = tables.every((table) => {
      const facts = table === undefined ? undefined : factsOf(context, table);
      return facts !== undefined && (facts.readsPerSecond ?? 0) + (facts.writesPerSecond ?? 0) < 1;
    });
    const table = tables[0];
    return {
      ...(table ? { table } : {}),
      severity: small ? 'notice' : 'needs-approval',
      why: `Every query on ${table ?? 'its table'} waits behind it until it has ACCESS EXCLUSIVE. ${usage}`.trim(),
      safe: dropIndex(action.names, action.ifExists),
    };
  },
});

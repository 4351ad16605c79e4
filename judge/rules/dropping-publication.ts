import { rule } from './rule.ts';

const what: Readonly<Record<string, string>> = {
  AlterPublicationStmt: 'What a publication passes on changes',
  CreateSubscriptionStmt:
    'Rows of another server are written into tables of the same names, beside those of the application',
  DropSubscriptionStmt: 'A subscription goes, and its slot on the other server with it',
  AlterSubscriptionStmt: 'What a subscription receives changes',
};

export default rule({
  id: 'dropping-publication',
  finds:
    'A publication or subscription of logical replication is dropped or changed, or a subscription begins.',
  why: 'Whoever reads it (another database, a data warehouse, Debezium) stops or misses rows, and what is written meanwhile does not reach it later: it needs a new copy.',
  instead: 'Stop the consumer first; ADD TABLE instead of SET TABLE.',
  on: ['drop', 'other'],
  judge: (action) => {
    const why =
      action.do === 'other'
        ? what[action.kind]
        : action.what === 'publication'
          ? `Nothing is passed on by ${action.names.join(', ')} any more`
          : undefined;
    if (why === undefined) return undefined;
    if (action.do === 'other' && action.kind === 'CreateSubscriptionStmt')
      return { severity: 'needs-approval', why: `${why}. It cannot run in a transaction.` };
    return {
      severity: 'needs-approval',
      why: `${why}: who reads from it misses what is written from now on.`,
    };
  },
});

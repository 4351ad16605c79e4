/** The journal's entries as lists and figures want them. */
import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { BriefEntry } from '../core/dora.ts';
import { STEPS } from '../core/steps.ts';
import type { Journal } from './journal.ts';

/** Fields of a list's row; the rest of an entry is evidence, twenty times as much. */
const BRIEF = [
  'target',
  'startedAt',
  'endedAt',
  'deploymentId',
  'executionArn',
  'service',
  'environment',
  'action',
  'commit',
  'subject',
  'requestedBy',
  'reason',
  'scheduledAt',
  'outcome',
  'proven',
  'provenAt',
  'release',
  'failure.step',
  'failure.error',
  'failure.sentence',
  'plan.running',
  'plan.rollbackTarget',
  'plan.committedAt',
  'plan.steps',
  ...[...STEPS, 'VerifyRollback'].flatMap((step) =>
    ['startedAt', 'endedAt', 'status', 'summary'].map((field) => `steps.${step}.${field}`),
  ),
];

/** Like `entriesOf`, without the evidence. */
export async function* briefEntriesOf(journal: Journal, target: string): AsyncGenerator<BriefEntry> {
  const alias = (path: string) =>
    path
      .split('.')
      .map((name) => `#${name}`)
      .join('.');
  const names = new Set(BRIEF.flatMap((path) => path.split('.')));
  const pages = paginateQuery(
    { client: journal.document, pageSize: 25 },
    {
      TableName: journal.deployments,
      KeyConditionExpression: '#target = :target',
      ExpressionAttributeNames: Object.fromEntries([...names].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: { ':target': target },
      ProjectionExpression: BRIEF.map(alias).join(', '),
      ScanIndexForward: false,
      ConsistentRead: true,
    },
  );
  for await (const page of pages)
    for (const item of page.Items ?? []) yield { steps: {}, ...item } as BriefEntry;
}

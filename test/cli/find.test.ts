/** A deployment is found by its whole id or by a beginning that only it has, in a journal of a real DynamoDB's shape. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Cloud } from '../../cli/cloud.ts';
import { findDeployment } from '../../cli/find.ts';
import type { Environment } from '../../core/environment.ts';
import { entryOf } from '../../core/journal.ts';
import { openTestJournal, type TestJournal } from '../setup/journal.ts';

let journal: TestJournal;
const environment = { services: { backend: {}, worker: {} } } as unknown as Environment;
const find = async (id: string): Promise<string> => {
  const cloud = { journal, environmentName: 'production' } as unknown as Cloud;
  return (await findDeployment(cloud, environment, id)).deploymentId;
};

beforeAll(async () => {
  journal = await openTestJournal();
  for (const [id, service] of [
    ['7c2f19aa', 'backend'],
    ['7c2f88bb', 'worker'],
    ['1234abcd', 'backend'],
    // Of a service that the environment file no longer has: its whole id still finds it.
    ['deadbeef', 'gone'],
  ] as const) {
    const startedAt = new Date(Number.parseInt(id.slice(0, 6), 16) * 1000).toISOString();
    const place = { id, service, environment: 'production', target: `${service}/production`, startedAt };
    await journal.put(entryOf({ ...place, executionArn: `arn:${id}`, owner: `arn:${id}` }, {}));
  }
});
afterAll(() => journal.close());

test.each([
  ['7c2f19aa', '7c2f19aa'],
  ['7C2F19AA', '7c2f19aa'],
  ['7c2f8', '7c2f88bb'],
  ['123', '1234abcd'],
  ['deadbeef', 'deadbeef'],
])('%s is %s', async (id, found) => {
  expect(await find(id)).toBe(found);
});

test.each([
  ['7c2f', 'DeploymentAmbiguous', '"7c2f" is the beginning of 2 deployments: 7c2f19aa, 7c2f88bb.'],
  ['7c2', 'DeploymentAmbiguous', 'is the beginning of 2 deployments'],
  ['ffff', 'DeploymentUnknown', 'there is no deployment "ffff" in production'],
  ['ffffffff', 'DeploymentUnknown', 'there is no deployment "ffffffff" in production'],
  ['7c', 'DeploymentUnknown', 'give at least 3 characters'],
])('%s is told to be %s', async (id, error, sentence) => {
  await expect(find(id)).rejects.toMatchObject({ error, message: expect.stringContaining(sentence) });
});

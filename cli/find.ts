/** Finds a deployment by its id or the beginning of it. */
import { entriesOf, findEntry } from '../aws/journal.ts';
import type { Environment } from '../core/environment.ts';
import { LockstepError } from '../core/errors.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { Cloud } from './cloud.ts';

const ID_LENGTH = 8;
/** How far back the beginning of an id is looked for; a whole id is found however old it is. */
const RECENT = 500;
const SHORTEST = 3;

export async function findDeployment(
  cloud: Cloud,
  environment: Environment,
  id: string,
): Promise<JournalEntry> {
  const wanted = id.toLowerCase();
  if (wanted.length < SHORTEST)
    throw new LockstepError('DeploymentUnknown', { id, detail: `: give at least ${SHORTEST} characters` });
  if (wanted.length === ID_LENGTH) {
    const entry = await findEntry(cloud.journal, wanted);
    if (entry) return entry;
  }
  const found: JournalEntry[] = [];
  for (const service of Object.keys(environment.services)) {
    let read = 0;
    for await (const entry of entriesOf(cloud.journal, `${service}/${cloud.environmentName}`)) {
      if (entry.deploymentId.startsWith(wanted)) found.push(entry);
      if (++read >= RECENT) break;
    }
  }
  const [first, second] = found;
  if (!first) throw new LockstepError('DeploymentUnknown', { id, detail: ` in ${cloud.environmentName}` });
  if (second)
    throw new LockstepError('DeploymentAmbiguous', {
      id,
      count: found.length,
      matches: found.map((entry) => entry.deploymentId).join(', '),
    });
  return first;
}

/** What was done to a service beside Lockstep, for those who may ask ECS; the journal alone does not know of it. */
import { isNamed } from '../aws/errors.ts';
import { clientsOf } from '../aws/lazy-clients.ts';
import { serviceDeploymentsSince } from '../aws/running.ts';
import type { JournalEntry } from '../core/journal.ts';
import { outsideDeployments, type ServiceDeploymentSeen } from '../core/outside.ts';
import { settingsOf } from '../core/plan.ts';
import type { Opened } from './open.ts';

/** As far back as `entries` (newest first) go. */
export async function outsideOf(
  { cloud, environment, environmentName, service }: Opened,
  entries: readonly JournalEntry[],
): Promise<ServiceDeploymentSeen[]> {
  const settings = settingsOf(environment, environmentName, service);
  const oldest = entries.at(-1);
  if (!settings || !oldest) return [];
  try {
    const ecs = await clientsOf(cloud).ecs();
    const since = new Date(oldest.startedAt);
    return outsideDeployments(await serviceDeploymentsSince(ecs, settings, since), entries);
  } catch (error) {
    // Who may read the journal need not be allowed to ask ECS; and a service that is gone has still a history.
    if (isNamed(error, 'AccessDeniedException', 'ClusterNotFoundException', 'ServiceNotFoundException')) {
      process.stderr.write('note: ECS was not asked; what was changed outside of Lockstep is left out\n');
      return [];
    }
    throw error;
  }
}

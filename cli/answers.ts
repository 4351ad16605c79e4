/** What a service says when it is asked from outside: its targets' health, the health endpoint, the status behind it. */
import { ask } from '../aws/ask.ts';
import { frontDoor, targetsOf } from '../aws/elb.ts';
import type { Clients } from '../aws/lazy-clients.ts';
import { secretValue } from '../aws/secrets.ts';
import type { Checked } from '../core/check.ts';
import { notAsked } from '../core/front-door.ts';
import { mergeTargets } from '../core/observation.ts';
import type { Settings } from '../core/plan.ts';

export async function answersOf(
  settings: Settings,
  groups: readonly string[],
  clients: Clients,
): Promise<Pick<Checked, 'targets' | 'healthAnswer' | 'statusAnswer' | 'notAsked'>> {
  const elb = await clients.elb();
  const { health } = settings;
  const [lists, { url, closed }] = await Promise.all([
    Promise.all(groups.map((group) => targetsOf(elb, group))),
    frontDoor(elb, health.url, groups),
  ]);
  const known = lists.filter((list) => list !== null);
  const [answer, status] = url
    ? await Promise.all([ask(url, health.path), statusOf(url, settings, clients)])
    : [null, null];
  return {
    targets: known.length > 0 ? mergeTargets(known) : null,
    healthAnswer: answer,
    statusAnswer: status,
    notAsked: closed && notAsked(closed, health.path),
  };
}

/** Who may look at a service need not be allowed to read its secrets; the status is left out then. */
async function statusOf(url: string, { health }: Settings, clients: Clients) {
  if (!health.statusPath) return null;
  if (!health.statusTokenSecret) return ask(url, health.statusPath);
  try {
    return await ask(
      url,
      health.statusPath,
      await secretValue(await clients.secrets(), health.statusTokenSecret),
    );
  } catch {
    return null;
  }
}

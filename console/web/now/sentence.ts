/** The sentence on top of Now: how many run well, and what does not. */
import type { Now } from '../../model/now.ts';
import type { Mark } from '../../model/parts.ts';
import { capital, inWords } from '../base/format.ts';
import type { Seen } from './page.ts';

export function sentenceOf(seen: readonly Seen[], { rows }: Now): string {
  const looked = seen.filter(({ facts }) => facts.value !== null);
  const healthy = looked.filter(({ facts }) => facts.value?.status === 'healthy').length;
  const marks = rows.flatMap(({ journal }) =>
    journal.known && journal.value.latest?.needsEyes ? [journal.value.latest.mark] : [],
  );
  const many = (mark: Mark) => marks.filter((one) => one === mark).length;
  const down = looked.filter(({ facts }) => facts.value?.status === 'down').length;
  const degraded = looked.filter(({ facts }) => facts.value?.status === 'degraded').length;
  const unread = rows.filter(({ journal }) => !journal.known).length;
  const first =
    rows.length === 0
      ? 'Nothing is deployed yet.'
      : looked.length === 0
        ? `${capital(inWords(rows.length))} ${rows.length === 1 ? 'service' : 'services'}.`
        : healthy === rows.length
          ? rows.length === 1
            ? `${rows[0]?.service} runs healthy.`
            : `All ${rows.length} run healthy.`
          : `${healthy} of ${rows.length} ${rows.length === 1 ? 'runs' : 'run'} healthy.`;
  const rest = list([
    [many('running'), 'release is under way', 'releases are under way'],
    [many('waiting'), 'waits for approval', 'wait for approval'],
    [many('needs-attention'), 'needs attention', 'need attention'],
    [many('migration-failed'), 'migration failed', 'migrations failed'],
    [down - Math.min(down, many('needs-attention')), 'is down', 'are down'],
    [degraded, 'is degraded', 'are degraded'],
    [unread, 'is not known', 'are not known'],
  ]);
  return rest ? `${first} ${rest}` : first;
}

/** `One release is under way, one waits for approval.` */
function list(parts: readonly [number, string, string][]): string {
  const said = parts
    .filter(([many]) => many > 0)
    .map(([many, one, more]) => `${inWords(many)} ${many === 1 ? one : more}`)
    .join(', ');
  return said ? `${capital(said)}.` : '';
}

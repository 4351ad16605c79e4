/** History: the newest deployments of all services. */
import type { JournalEntry } from '../../../core/journal.ts';
import { read } from './ask.ts';
import { element, took } from './dom.ts';
import { verdictMark } from './marks.ts';

export async function history(): Promise<HTMLElement> {
  const entries = await read<JournalEntry[]>('/api/history');
  const heads = ['Deployment', 'Service', 'Verdict', 'Started', 'Took', 'Commit'];
  const rows = entries.map((entry) =>
    element(
      'tr',
      {},
      element('td', {}, element('a', { href: `#/deployment/${entry.deploymentId}` }, entry.deploymentId)),
      element('td', {}, entry.service, element('small', {}, entry.environment)),
      element(
        'td',
        {},
        verdictMark(entry.outcome?.verdict ?? null, entry.steps.AwaitApproval?.status === 'waiting'),
      ),
      element('td', {}, new Date(entry.startedAt).toLocaleString()),
      element('td', {}, entry.endedAt ? took(Date.parse(entry.endedAt) - Date.parse(entry.startedAt)) : '–'),
      element('td', {}, element('code', {}, entry.commit?.slice(0, 7) ?? '–'), ` ${entry.subject}`),
    ),
  );
  const title = entries.length
    ? `${entries.length} deployments${entries.length >= 1_000 ? ', the newest' : ''}`
    : 'No deployment yet. lockstep deploy makes the first.';
  return element(
    'div',
    {},
    element('h1', {}, title),
    entries.length > 0 &&
      element(
        'div',
        { class: 'panel scroll', tabindex: '0', role: 'region', 'aria-label': 'Deployments' },
        element(
          'table',
          {},
          element(
            'thead',
            {},
            element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head))),
          ),
          element('tbody', {}, ...rows),
        ),
      ),
  );
}

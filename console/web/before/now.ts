/** Now: every service of every environment, what needs eyes first. */
import type { JournalEntry } from '../../../core/journal.ts';
import { read } from './ask.ts';
import { element, took } from './dom.ts';
import { verdictMark } from './marks.ts';

interface Target {
  environment: string;
  service: string;
  latest: JournalEntry | null;
  problem: string | null;
}

const GOOD = ['succeeded', 'unchanged'];

export async function now(): Promise<HTMLElement> {
  const { targets } = await read<{ targets: Target[] }>('/api/now');
  const good = targets.filter(isGood).length;
  const moving = targets.filter(({ latest }) => latest && !latest.outcome).length;
  const sentence = `${good} of ${targets.length} ended well at their last deployment.${moving ? ` ${moving} under way.` : ''}`;
  const rows = [...targets].sort((a, b) => Number(isGood(a)) - Number(isGood(b))).map(row);
  const heads = ['Service', 'Runs', 'Last deployment', 'Started', 'Goes back to'];
  return element(
    'div',
    {},
    element('h1', {}, sentence),
    element(
      'div',
      { class: 'panel scroll', tabindex: '0', role: 'region', 'aria-label': 'Services' },
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

function isGood({ latest }: Target): boolean {
  return GOOD.includes(latest?.outcome?.verdict ?? '');
}

function row({ environment, service, latest, problem }: Target): HTMLElement {
  const name = element('td', {}, service, element('small', {}, environment));
  if (!latest) {
    const text = problem
      ? `unknown, because ${problem}`
      : `No deployment yet. lockstep deploy --service ${service} --environment ${environment}`;
    return element('tr', {}, name, element('td', { colspan: '4', class: 'dull' }, text));
  }
  const running = latest.outcome?.running ?? latest.plan?.running ?? null;
  const waits = latest.steps.AwaitApproval?.status === 'waiting';
  const back = latest.plan?.rollbackTarget ?? null;
  return element(
    'tr',
    {},
    name,
    element(
      'td',
      {},
      element('code', {}, running ? (running.commit?.slice(0, 7) ?? running.image) : 'unknown'),
    ),
    element(
      'td',
      {},
      verdictMark(latest.outcome?.verdict ?? null, waits),
      element('small', {}, latest.outcome?.reason ?? latest.subject),
    ),
    element(
      'td',
      {},
      element('a', { href: `#/deployment/${latest.deploymentId}` }, latest.deploymentId),
      element('small', {}, `${took(Date.now() - Date.parse(latest.startedAt))} ago by ${latest.requestedBy}`),
    ),
    element('td', {}, element('code', {}, back ? (back.commit?.slice(0, 7) ?? back.image) : 'none')),
  );
}

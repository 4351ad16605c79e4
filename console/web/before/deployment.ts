/** A deployment: the verdict's sentence, why, what to do; then its steps on one time axis, and the decisive lines. */
import type { JournalEntry, StepRecord } from '../../../core/journal.ts';
import { read } from './ask.ts';
import { bar, element, took } from './dom.ts';
import { verdictMark } from './marks.ts';

export async function deployment(id: string): Promise<HTMLElement> {
  const entry = await read<JournalEntry>(`/api/deployment/${encodeURIComponent(id)}`);
  const { outcome, failure } = entry;
  const waits = !outcome && entry.steps.AwaitApproval?.status === 'waiting';
  const facts: [string, string | null | undefined][] = [
    ['Why', failure?.sentence ?? outcome?.reason],
    ['What to do', failure?.remedy ?? outcome?.remedy],
    ['Approve', waits ? `lockstep approve ${entry.deploymentId} --environment ${entry.environment}` : null],
    ['Commit', entry.commit ? `${entry.commit.slice(0, 7)} ${entry.subject}` : null],
    ['Started', `${new Date(entry.startedAt).toLocaleString()} by ${entry.requestedBy}`],
  ];
  return element(
    'div',
    {},
    element(
      'h1',
      { class: 'verdict' },
      verdictMark(outcome?.verdict ?? null, waits),
      ` ${outcome?.sentence ?? `${entry.service} in ${entry.environment}`}`,
    ),
    element(
      'dl',
      {},
      ...facts.flatMap(([name, text]) => (text ? [element('dt', {}, name), element('dd', {}, text)] : [])),
    ),
    !outcome && cancelling(entry.deploymentId),
    element('section', { class: 'panel' }, element('h2', {}, 'What happened'), steps(entry)),
    failure &&
      failure.evidence.length > 0 &&
      element(
        'section',
        { class: 'panel' },
        element('h2', {}, 'Decisive lines'),
        element('pre', {}, failure.evidence.join('\n')),
      ),
  );
}

function steps(entry: JournalEntry): HTMLElement {
  const from = Date.parse(entry.startedAt);
  const until = entry.endedAt ? Date.parse(entry.endedAt) : Date.now();
  const records = Object.entries(entry.steps).sort(([, a], [, b]) => a.startedAt.localeCompare(b.startedAt));
  return element(
    'ol',
    { class: 'steps' },
    ...records.map(([step, record]) => {
      const begun = Date.parse(record.startedAt);
      const ended = record.endedAt ? Date.parse(record.endedAt) : until;
      const share = (milliseconds: number) => (100 * milliseconds) / Math.max(until - from, 1);
      return element(
        'li',
        {},
        element('code', {}, step),
        element(
          'div',
          { class: 'about' },
          bar(share(begun - from), share(ended - begun), kindOf(step, record)) as unknown as HTMLElement,
          `${record.status}: ${record.summary}`,
        ),
        element('span', { class: 'number' }, record.status === 'skipped' ? '–' : took(ended - begun)),
      );
    }),
  );
}

function kindOf(step: string, { status }: StepRecord): string {
  if (status === 'failed') return 'bad';
  if (status === 'waiting') return step === 'AwaitApproval' ? 'wait' : 'live';
  return step.includes('Rollback') ? 'back' : 'old';
}

function cancelling(id: string): HTMLElement {
  const dialog = element('dialog', { 'aria-labelledby': 'question' }) as HTMLDialogElement;
  const said = element('p', { role: 'status' });
  const yes = element('button', { type: 'button' }, 'Cancel the deployment');
  const no = element('button', { type: 'button' }, 'Let it go on');
  const open = element('button', { type: 'button' }, 'Cancel …');
  yes.addEventListener('click', async () => {
    try {
      await read(`/api/deployment/${id}/cancel`, 'POST');
      dialog.close();
    } catch (error) {
      said.textContent = (error as Error).message;
    }
  });
  no.addEventListener('click', () => dialog.close());
  open.addEventListener('click', () => dialog.showModal());
  dialog.append(
    element('p', { id: 'question' }, 'It stops at its next poll, and goes back if production was changed.'),
    said,
    yes,
    no,
  );
  return element('p', {}, open, dialog);
}

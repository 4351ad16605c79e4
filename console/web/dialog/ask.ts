/** Approve, reject, cancel, go back: a dialog shows the plan first, and only its button acts. */
import type { ActionAnswer, ActionName, ActionPlan, ActionRequest } from '../../model/actions.ts';
import type { Consequence } from '../../model/approval.ts';
import type { Problem } from '../../model/parts.ts';
import { h, say } from '../base/dom.ts';
import { problemBox } from '../base/problem.ts';
import { address } from '../base/route.ts';
import { post, refresh } from '../base/store.ts';

interface On {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
}

const DANGEROUS: readonly ActionName[] = ['cancel', 'rollback', 'reject'];
const WORDS: Readonly<Record<Consequence, string>> = {
  downtime: 'The service does not answer for a while.',
  'no-rollback': 'There is no way back to what runs now.',
  'data-loss': 'Data is lost and cannot be had back.',
};

/** `given`: what the page has asked for already, as the approval page does. */
export async function ask(
  action: ActionName,
  on: On,
  given: Omit<ActionRequest, 'confirm'> = {},
): Promise<void> {
  if (document.querySelector('dialog[open]')) return;
  const path =
    action === 'rollback'
      ? `/api/service/${on.environment}/${on.service}/rollback`
      : `/api/deployment/${on.id}/${action}`;
  const dialog = h('dialog.ask', { 'aria-labelledby': 'asked', 'aria-busy': 'true' }) as HTMLDialogElement;
  const heading = h('h2', { id: 'asked' }, 'Making the plan …');
  dialog.append(heading);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  const asked = await post<ActionAnswer>(path, given);
  dialog.removeAttribute('aria-busy');
  if ('problem' in asked) return refused(dialog, asked.problem);
  if (asked.answer.state === 'done')
    return done(dialog, asked.answer.sentence, asked.answer.deploymentId, on);
  dialog.replaceChildren(form(dialog, path, asked.answer.plan, given, on));
  dialog.querySelector<HTMLElement>('textarea, input, button')?.focus();
}

function form(
  dialog: HTMLDialogElement,
  path: string,
  plan: ActionPlan,
  given: Omit<ActionRequest, 'confirm'>,
  on: On,
): HTMLElement {
  const accepted = new Set<Consequence>(given.accept ?? []);
  let reason = given.reason ?? '';
  const act = h(
    'button',
    { type: 'submit', class: DANGEROUS.includes(plan.action) ? 'danger' : 'main' },
    plan.label,
  ) as HTMLButtonElement;
  const said = h('div', { role: 'status' });
  const check = () => {
    act.disabled =
      plan.consequences.some((name) => !accepted.has(name)) || (plan.needsReason && reason.trim() === '');
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    act.disabled = true;
    const request: ActionRequest = {
      ...given,
      confirm: plan.confirm,
      accept: plan.consequences.filter((name) => accepted.has(name)),
      ...(reason.trim() && { reason: reason.trim() }),
    };
    const answered = await post<ActionAnswer>(path, request);
    if ('problem' in answered) {
      said.replaceChildren(problemBox(answered.problem));
      check();
    } else if (answered.answer.state === 'done')
      done(dialog, answered.answer.sentence, answered.answer.deploymentId, on);
    else dialog.replaceChildren(form(dialog, path, answered.answer.plan, given, on));
  };
  check();
  return h(
    'form',
    { onsubmit: submit },
    h('h2', { id: 'asked' }, say(plan.title)),
    h(
      'ul.planned',
      {},
      plan.lines.map((line) => h('li', {}, say(line))),
    ),
    plan.consequences.length > 0 &&
      h(
        'fieldset',
        {},
        h('legend', {}, 'Every consequence has to be ticked'),
        plan.consequences.map((name) =>
          h(
            'label.tick',
            {},
            h('input', {
              type: 'checkbox',
              checked: accepted.has(name),
              onchange: ({ target }: Event) => {
                if ((target as HTMLInputElement).checked) accepted.add(name);
                else accepted.delete(name);
                check();
              },
            }),
            h('span', {}, h('b', {}, name), ` ${WORDS[name]}`),
          ),
        ),
      ),
    h(
      'label.reason',
      {},
      plan.needsReason ? 'Reason, kept for ever' : 'Reason, if there is one to keep',
      h(
        'textarea',
        {
          rows: 2,
          oninput: ({ target }: Event) => {
            reason = (target as HTMLTextAreaElement).value;
            check();
          },
        },
        reason,
      ),
    ),
    h('p.dim', {}, 'From a terminal'),
    h('code.terminal', {}, plan.command),
    said,
    h(
      'div.choices',
      {},
      h('button', { type: 'button', onclick: () => dialog.close() }, 'Leave it as it is'),
      act,
    ),
  );
}

function refused(dialog: HTMLDialogElement, problem: Problem): void {
  dialog.replaceChildren(
    h('h2', { id: 'asked' }, 'This cannot be done now'),
    problemBox(problem),
    h('div.choices', {}, h('button', { autofocus: true, onclick: () => dialog.close() }, 'Close')),
  );
}

function done(dialog: HTMLDialogElement, sentence: string, id: string, on: On): void {
  refresh((path) => path === '/api/now' || path.includes(on.id) || path.startsWith('/api/history'));
  dialog.replaceChildren(
    h('h2', { id: 'asked', role: 'status' }, say(sentence)),
    h(
      'div.choices',
      {},
      h('button', { onclick: () => dialog.close() }, 'Close'),
      h('a.button', { href: address('deployment', [id]), onclick: () => dialog.close() }, 'See it'),
    ),
  );
}

/** The decision, the safe road, the terminal, the database now, and how it was decided before. */
import type { ActionRequest } from '../../model/actions.ts';
import type { Approval, Consequence, Decide } from '../../model/approval.ts';
import type { Deployment } from '../../model/deployment.ts';
import { type Child, h, s, say } from '../base/dom.ts';
import { clock, day } from '../base/format.ts';
import { markOf } from '../base/marks.ts';
import { known as knownPart } from '../base/problem.ts';
import { address } from '../base/route.ts';
import { serverNow } from '../base/server-time.ts';
import { touch } from '../base/store.ts';
import { copyLine } from '../deployment/copy.ts';
import { ask } from '../dialog/ask.ts';
import { effects } from './effects.ts';

/** What a reader has ticked and typed, by deployment; kept while the page is open. */
const drafts = new Map<string, { accepted: Set<Consequence>; reason: string }>();

function draft(id: string) {
  const made = drafts.get(id) ?? { accepted: new Set<Consequence>(), reason: '' };
  drafts.set(id, made);
  return made;
}

/** What goes into the dialog that asks. */
export function given(id: string, action: 'approve' | 'reject'): Omit<ActionRequest, 'confirm'> {
  const { accepted, reason } = draft(id);
  return {
    ...(action === 'approve' && accepted.size > 0 && { accept: [...accepted] }),
    ...(reason.trim() && { reason: reason.trim() }),
  };
}

export function beside(of: Approval, deployment: Deployment | null): HTMLElement {
  const { decide, answered, database, earlier } = of;
  return h(
    'aside.decisions',
    { 'aria-label': 'Decision' },
    decide && deployment
      ? decision(decide, deployment)
      : box(
          'Decided',
          h(
            'p',
            {},
            answered
              ? [h('b', {}, answered.by), ` at ${clock(answered.at)}: `, say(answered.text)]
              : 'Nobody has to decide about this one.',
          ),
        ),
    decide?.commands.fix &&
      box(
        'Or take the safe road',
        h(
          'p.soft',
          {},
          'Writes migrations beside yours that do the same without the wait. Nothing applied is touched.',
        ),
        copyLine(decide.commands.fix),
      ),
    decide && box('From a terminal', copyLine(decide.commands.approve), copyLine(decide.commands.reject)),
    box(
      'In the database now',
      knownPart(database, (rows) =>
        h(
          'dl.facts',
          {},
          rows.map(({ label, text }) => h('div', {}, h('dt', {}, label), h('dd', {}, say(text)))),
        ),
      ),
    ),
    earlier.length > 0 && box('Earlier decisions', h('ul.earlier', {}, earlier.map(before))),
  );
}

function box(title: string, ...children: Child[]): HTMLElement {
  return h('section.panel.box', { 'data-key': title, 'aria-label': title }, h('h2', {}, title), children);
}

function before({ id, at, approved, by, text }: Approval['earlier'][number]): HTMLElement {
  return h(
    'li',
    {},
    markOf(approved ? 'succeeded' : 'refused', 14),
    h('a', { href: address('deployment', [id]) }, day(at)),
    h('span', {}, `${approved ? 'approved' : 'rejected'} by ${by}`, h('span.second', {}, say(text))),
  );
}

function decision(decide: Decide, of: Deployment): HTMLElement {
  const { accepted, reason } = draft(of.id);
  const missing = decide.consequences.filter(({ name }) => !accepted.has(name)).length;
  const open = missing === 0 && reason.trim() !== '' && decide.mayApprove;
  return h(
    'section.panel.box.decide',
    { 'data-key': 'decide', 'aria-label': 'Decide' },
    h('h2', {}, 'Decide'),
    timeLeft(decide),
    decide.effects.length > 0 && [h('h3', {}, 'What approving does'), effects(decide.effects)],
    h('p', {}, say(decide.sentence)),
    decide.consequences.map(({ name, title, text }) =>
      h(
        'label.tick',
        { 'data-key': name },
        h('input', {
          type: 'checkbox',
          checked: accepted.has(name),
          onchange: ({ target }: Event) => tick(of.id, name, (target as HTMLInputElement).checked),
        }),
        h('span', {}, h('b', {}, title), ' ', say(text)),
      ),
    ),
    h(
      'label.reason',
      {},
      'Reason, kept for ever',
      h(
        'textarea',
        {
          rows: 2,
          'data-own': 'reason',
          oninput: ({ target }: Event) => {
            draft(of.id).reason = (target as HTMLTextAreaElement).value;
            touch();
          },
        },
        reason,
      ),
    ),
    h(
      'div.choices',
      {},
      h(
        'button.main',
        { disabled: !open, onclick: () => ask('approve', of, given(of.id, 'approve')) },
        'Approve …',
      ),
      h('button', { onclick: () => ask('reject', of, given(of.id, 'reject')) }, 'Reject …'),
    ),
    h('p.second', { role: 'status' }, opens(missing, reason, decide)),
    h('p.policy', {}, say(decide.policy)),
  );
}

function tick(id: string, name: Consequence, on: boolean): void {
  const { accepted } = draft(id);
  if (on) accepted.add(name);
  else accepted.delete(name);
  touch();
}

/** Why Approve is shut, or that it asks once more. */
function opens(missing: number, reason: string, { consequences, mayApprove }: Decide): string {
  if (!mayApprove) return 'You may not approve this one; somebody else has to.';
  if (missing > 0) {
    const all =
      consequences.length === 1
        ? 'the consequence is'
        : consequences.length === 2
          ? 'both consequences are'
          : 'every consequence is';
    return `Approve opens when ${all} ticked.`;
  }
  return reason.trim() === '' ? 'Approve opens when a reason is given.' : 'It asks once more, with the plan.';
}

function timeLeft({ askedAt, until }: Decide): HTMLElement {
  const [from, to] = [Date.parse(askedAt), Date.parse(until)];
  const share = Math.max(0, Math.min(1, (serverNow() - from) / Math.max(to - from, 1)));
  return h(
    'div.timeleft',
    {},
    s(
      'svg',
      { height: 4, 'aria-hidden': 'true' },
      s('rect.all', { width: '100%', height: 4, rx: 2 }),
      s('rect.gone', { width: `${share * 100}%`, height: 4, rx: 2 }),
    ),
    h(
      'div',
      {},
      h('span', {}, `asked ${clock(askedAt)}`),
      h('span', {}, 'refused at ', h('b', {}, clock(until))),
    ),
  );
}

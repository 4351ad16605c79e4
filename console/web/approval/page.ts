/** Pending migrations, statement by statement: what each would do to whoever uses the service meanwhile, and the decision. */
import type { Approval } from '../../model/approval.ts';
import type { Deployment } from '../../model/deployment.ts';
import { h, plain, say } from '../base/dom.ts';
import { drawn } from '../base/problem.ts';
import { address, type Route } from '../base/route.ts';
import { piece } from '../base/store.ts';
import { crumbs, verdict } from '../deployment/head.ts';
import { ask } from '../dialog/ask.ts';
import type { View } from '../main.ts';
import { type Key, MOVE } from '../shell/keys.ts';
import { beside, given } from './beside.ts';
import { findingCard } from './finding.ts';
import { statements } from './statements.ts';

export function approval({ parts }: Route): View {
  const id = parts[0] ?? '';
  const path = `/api/deployment/${encodeURIComponent(id)}`;
  const of = piece<Deployment>(path);
  const judged = piece<Approval>(`${path}/approval`);
  const title = of.value ? `${of.value.word} ${plain(of.value.sentence)}` : `Deployment ${id}`;
  return {
    title: of.value ? `${of.value.word} ${of.value.service} in ${of.value.environment}` : id,
    follows: id,
    moves: judged.value?.decide != null,
    announces: title,
    keys: of.value ? keysOf(of.value, judged.value) : [],
    content: h(
      'div.approval',
      {},
      drawn(of, 'the deployment', (known) => [crumbs(known), verdict(known)]),
      drawn(judged, 'the judgement', (known) => [
        h('p.brings', {}, say(known.sentence)),
        h(
          'dl.known',
          {},
          known.facts.map(({ label, text }) => h('div', {}, h('dt', {}, label), h('dd', {}, say(text)))),
        ),
        statements(known),
        known.decide && h('button.todecide', { onclick: toDecision }, 'To the decision'),
        h(
          'div.sides',
          {},
          h(
            'div.findings',
            {},
            known.findings.length === 0 &&
              h('div.panel.empty', {}, 'Nothing was found: every statement is fine as it is written.'),
            known.findings.map((finding, index) => findingCard(finding, index, known)),
          ),
          beside(known, of.value),
        ),
      ]),
    ),
  };
}

function keysOf(of: Deployment, judged: Approval | null): Key[] {
  const keys: Key[] = [
    { ...MOVE, does: 'finding' },
    { press: 's', does: 'safe form', foot: true, run: { s: toSafeForm } },
    {
      press: 'd',
      does: 'the deployment',
      run: {
        d: () => {
          location.hash = address('deployment', [of.id]);
        },
      },
    },
  ];
  if (judged?.decide) {
    const decide = (action: 'approve' | 'reject') => () => ask(action, of, given(of.id, action));
    keys.push({ press: 'a', does: 'approve', foot: true, run: { a: decide('approve') } });
    keys.push({ press: 'x', does: 'reject', foot: true, run: { x: decide('reject') } });
  }
  return keys;
}

function toDecision(): void {
  document.querySelector('.decide')?.scrollIntoView({ block: 'start' });
  document.querySelector<HTMLElement>('.decide input, .decide textarea')?.focus({ preventScroll: true });
}

/** Of the finding that has the focus, else of the first. */
function toSafeForm(): void {
  const card = document.activeElement?.closest('.findingcard') ?? document.querySelector('.findingcard');
  const safe = card?.querySelector<HTMLElement>('.safeform');
  safe?.focus();
  safe?.scrollIntoView({ block: 'center' });
}

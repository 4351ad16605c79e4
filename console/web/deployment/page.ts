/** A deployment: the sentence first, then the evidence. Every piece below the sentence loads alone. */
import type { Deployment, Graph } from '../../model/deployment.ts';
import type { Timeline } from '../../model/timeline.ts';
import { h, plain } from '../base/dom.ts';
import { drawn } from '../base/problem.ts';
import { address, choose, type Route } from '../base/route.ts';
import { type Piece, piece } from '../base/store.ts';
import { isNarrow } from '../base/width.ts';
import { ask } from '../dialog/ask.ts';
import type { View } from '../main.ts';
import { type Key, MOVE } from '../shell/keys.ts';
import { EVIDENCE, evidence } from './evidence.ts';
import { graphPanel } from './graph.ts';
import { head } from './head.ts';
import { logPanel, nextDecisive } from './logs.ts';
import { rail } from './rail.ts';
import { stopped } from './stopped.ts';
import { timelinePanel } from './timeline.ts';

export function deployment({ parts, query }: Route): View {
  const id = parts[0] ?? '';
  const path = `/api/deployment/${encodeURIComponent(id)}`;
  const known = piece<Deployment>(path);
  const of = known.value;
  const title = of ? `${of.word} ${plain(of.sentence)}` : `Deployment ${id}`;
  return {
    title: of ? `${of.word} ${of.service} in ${of.environment}` : id,
    follows: id,
    moves: of !== null && of.endedAt === null,
    keys: of ? keysOf(of) : [],
    ...(of && { announces: title }),
    content: of
      ? h('div.deployment', {}, head(of), pieces(of, path, query))
      : h(
          'div',
          {},
          h('div.title', {}, h('h1', {}, title)),
          drawn(known, 'the deployment', () => null),
        ),
  };
}

function pieces(of: Deployment, path: string, query: URLSearchParams): HTMLElement[] {
  const timeline: Piece<Timeline> = piece(`${path}/timeline`);
  const narrow = isNarrow();
  return [
    narrow ? rail(of) : graphPanel(of, piece<Graph>(`${path}/graph`)),
    timelinePanel(of, timeline, narrow),
    ...(narrow ? stopped(timeline) : []),
    h('div.twocolumns', {}, logPanel(of, path, query), evidence(of, path, query)),
  ];
}

function keysOf(of: Deployment): Key[] {
  const keys: Key[] = [
    { ...MOVE, does: 'step' },
    { press: 'n', does: 'next decisive line', foot: of.evidence.length > 0, run: { n: nextDecisive } },
    {
      press: '1 5',
      does: 'evidence',
      foot: true,
      run: Object.fromEntries(EVIDENCE.map(({ id }, index) => [String(index + 1), () => choose('show', id)])),
    },
  ];
  const command = of.paragraphs.find((paragraph) => paragraph.command)?.command;
  if (command) {
    const copy = () => void navigator.clipboard.writeText(command);
    keys.push({ press: 'c', does: 'copy command', foot: true, run: { c: copy } });
  }
  if (of.actions.includes('cancel')) {
    keys.push({ press: 'x', does: 'cancel', foot: true, run: { x: () => ask('cancel', of) } });
  }
  if (of.actions.includes('approve')) {
    keys.push({
      press: 'a',
      does: 'review and approve',
      foot: true,
      run: {
        a: () => {
          location.hash = address('approval', [of.id]);
        },
      },
    });
  }
  if (of.executionUrl) {
    const url = of.executionUrl;
    keys.push({
      press: 'o',
      does: 'Step Functions',
      foot: true,
      run: { o: () => open(url, '_blank', 'noreferrer') },
    });
  }
  return keys;
}

/** What reads, writes and the way back do while a statement runs and after it. */
import type { ApprovalFinding } from '../../model/approval.ts';
import { h, s } from '../base/dom.ts';
import { range } from './range.ts';

const WIDTH = 138;
const FROM = 24;
const TO = 100;

export function meanwhile(of: ApprovalFinding): HTMLElement {
  const wait = `up to ${range(of.estimate).replace(/^.*–/, '')}`;
  const blocks = (what: string) => of.lock !== null && of.waits.includes(what);
  const back = {
    compatible: ['open', 'soft', 'open'],
    'until-written': ['half', 'wait', 'until the first such row'],
    incompatible: ['shut', 'bad', 'closed afterwards'],
    unknown: ['open', 'soft', 'unknown'],
  } as const;
  const [kind, tone, word] = back[of.compatible];
  return h(
    'dl.form.lanes3',
    {},
    lane(
      'reads',
      blocks('reads') ? 'stops' : 'open',
      blocks('reads') ? 'wait' : 'soft',
      blocks('reads') ? `reads wait ${wait}` : 'reads go on',
    ),
    lane(
      'writes',
      blocks('writes') ? 'stops' : 'open',
      blocks('writes') ? 'wait' : 'soft',
      blocks('writes') ? `writes wait ${wait}` : 'writes go on',
    ),
    lane('way back', kind, tone, word),
  );
}

/** A safe form is one because of this. */
export function meanwhileSafe(): HTMLElement {
  return h(
    'dl.form.lanes3',
    {},
    lane('reads', 'open', 'soft', 'reads go on'),
    lane('writes', 'open', 'soft', 'writes go on'),
    lane('way back', 'open', 'soft', 'open'),
  );
}

function lane(
  name: string,
  kind: 'open' | 'stops' | 'half' | 'shut',
  tone: string,
  text: string,
): HTMLElement {
  return h('div', {}, h('dt', {}, name), h('dd', { class: tone }, drawing(kind), h('span', {}, text)));
}

function drawing(kind: 'open' | 'stops' | 'half' | 'shut'): SVGElement {
  const gone = kind === 'half' || kind === 'shut';
  const middle = 66;
  return s(
    'svg.meanlane',
    { width: WIDTH, height: 12, 'aria-hidden': 'true' },
    s('path.goes', { d: `M0 6H${gone ? (kind === 'shut' ? FROM : middle) : WIDTH}` }),
    kind === 'stops' && [
      s('rect.stops', { x: FROM, y: 1.5, width: TO - FROM, height: 9, rx: 1 }),
      s('path.hatch', {
        d: Array.from({ length: 8 }, (_, index) => `M${FROM + 3 + index * 9} 10.5l5-9`).join(''),
      }),
    ],
    gone && s('path.gone', { d: `M${(kind === 'shut' ? FROM : middle) + 6} 6H${WIDTH}` }),
    kind === 'shut' && s('path.cross', { d: `M${FROM - 3} 3l6 6m0-6l-6 6` }),
    kind === 'half' && [
      s('circle.half', { cx: middle, cy: 6, r: 4 }),
      s('path.halffull', { d: `M${middle} 2a4 4 0 0 0 0 8z` }),
    ],
  );
}

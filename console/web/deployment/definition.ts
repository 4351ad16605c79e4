/** The task definition of before against that of the release, field by field. */
import type { Definition } from '../../model/evidence.ts';
import { type Child, h, say } from '../base/dom.ts';
import { choose } from '../base/route.ts';

/** Equal fields that are worth a line without being asked for. */
const TOLD = /^(cpu|memory|secrets\.)/;

export function definitionView(of: Definition, all: boolean): Child {
  const { before, after, fields, changed, equal } = of;
  const told = all ? equal : equal.filter(({ path }) => TOLD.test(path)).slice(0, 4);
  const rest = equal.length - told.length;
  if (fields === 0) return h('p.waiting', {}, 'No task definition was registered: nothing came so far.');
  return [
    h(
      'div.between',
      {},
      h('code', {}, `${before ?? 'nothing'} → ${after ? `:${after.split(':').at(-1)}` : 'none yet'}`),
      h('span.dim', {}, `${changed.length} of ${fields} fields differ`),
    ),
    h(
      'dl.fields',
      {},
      changed.map(row),
      told.map(({ path, value }) =>
        h(
          'div.equal',
          {},
          h('dt', {}, h('code.cut', { title: path }, path)),
          h('dd.cut', { title: value }, value),
        ),
      ),
      rest > 0 &&
        h(
          'div.equal',
          {},
          h('dt', {}, h('code', {}, `${rest} more ${rest === 1 ? 'field' : 'fields'}`)),
          h('dd', {}, 'equal'),
        ),
    ),
    h(
      'div.panelfoot',
      {},
      h('span', {}, 'Compared with what ran before, by digest.'),
      h(
        'button.plain',
        { onclick: () => choose('fields', all ? '' : 'all') },
        all ? 'Show fewer' : `Show all ${fields} fields`,
      ),
    ),
  ];
}

function row({ path, before, after, note }: Definition['changed'][number]): HTMLElement {
  const sign = before === null ? '+' : after === null ? '−' : '~';
  const word = { '+': 'added', '−': 'taken away', '~': 'changed' }[sign];
  return h(
    'div',
    {},
    h(
      'dt',
      {},
      h(
        'span.sign',
        {
          class: sign === '~' ? null : sign === '+' ? 'live' : 'bad',
          title: word,
          role: 'img',
          'aria-label': word,
        },
        sign,
      ),
      h('code.cut', { title: path }, path),
    ),
    h(
      'dd',
      {},
      sign === '~'
        ? [pair('was', before, 'dim'), pair('is', after, null)]
        : h('code', { class: sign === '−' ? 'gone' : null }, after ?? before),
      note && h('p.dim', {}, say(note)),
    ),
  );
}

/** Long values are told by their end, which is where digests and tags differ. */
function pair(word: string, value: string | null, tone: string | null): HTMLElement {
  const text = value ?? '';
  const at = text.indexOf('@sha256:');
  const short = at > 0 ? `…/${text.slice(text.lastIndexOf('/', at) + 1, at + 14)}…` : text;
  return h('p', { class: tone, title: text }, h('span.dim', {}, `${word} `), h('code', {}, short));
}

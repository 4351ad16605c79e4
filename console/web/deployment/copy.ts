/** A command with its button: pressed, it says so in place. */
import { h } from '../base/dom.ts';
import { icon } from '../base/marks.ts';

const SHOWN_MS = 1_500;
/** Shorter words are not broken at their hyphens, which are the option's own. */
const LONGEST = 34;

export function copyLine(command: string): HTMLElement {
  return h(
    'div.command',
    {},
    h(
      'code',
      {},
      command
        .split(' ')
        .map((word, index) => [
          index > 0 && ' ',
          h('span', { class: word.length < LONGEST ? 'whole' : null }, word),
        ]),
    ),
    h(
      'button.small',
      { onclick: (event: MouseEvent) => copy(event, command), 'aria-label': `Copy ${command}` },
      icon('copy', 12),
      h('span', { 'data-own': 'copied' }, 'Copy'),
    ),
  );
}

function copy({ currentTarget }: MouseEvent, command: string): void {
  const word = (currentTarget as HTMLElement).querySelector('span');
  const say = (text: string) => word?.replaceChildren(text);
  navigator.clipboard.writeText(command).then(
    () => say('Copied'),
    () => say('Select it and copy'),
  );
  setTimeout(() => say('Copy'), SHOWN_MS);
}

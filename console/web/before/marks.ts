/** The verdict's mark, colour and word. Filled marks: production was changed; hollow ones: it is as before. */
import type { Verdict } from '../../../core/verdict.ts';
import { element } from './dom.ts';

const MARKS: Record<Verdict, { mark: string; kind: string; word: string }> = {
  succeeded: { mark: '✔', kind: 'ok', word: 'Succeeded' },
  unchanged: { mark: '=', kind: 'dull', word: 'Unchanged' },
  refused: { mark: '⊘', kind: 'wait', word: 'Refused' },
  'build-failed': { mark: '☒', kind: 'bad', word: 'Build failed' },
  'migration-failed': { mark: '■', kind: 'bad', word: 'Migration failed' },
  'rolled-back': { mark: '↩', kind: 'back', word: 'Rolled back' },
  cancelled: { mark: '×', kind: 'dull', word: 'Cancelled' },
  superseded: { mark: '»', kind: 'dull', word: 'Superseded' },
  'needs-attention': { mark: '▲', kind: 'bad', word: 'Needs attention' },
};

export function verdictMark(verdict: Verdict | null, waits: boolean): HTMLElement {
  const { mark, kind, word } = verdict
    ? MARKS[verdict]
    : waits
      ? { mark: '‖', kind: 'wait', word: 'Waits for approval' }
      : { mark: '○', kind: 'live', word: 'Running' };
  return element('span', { class: kind }, element('span', { 'aria-hidden': 'true' }, `${mark} `), word);
}

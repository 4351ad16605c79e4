/** The judgement of a statement, and whether the old code still works, as mark and word. */
import type { Compatible, Severity } from '../../model/approval.ts';
import { h } from '../base/dom.ts';
import { icon, markOf } from '../base/marks.ts';

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  fine: 'fine',
  notice: 'notice',
  'needs-approval': 'needs approval',
  blocked: 'blocked',
};

export function severityMark(severity: Severity): HTMLElement {
  switch (severity) {
    case 'fine':
      return h('span.severity.soft', {}, icon('check', 12), SEVERITY_WORDS.fine);
    case 'notice':
      return h('span.severity.soft', {}, h('span', { 'aria-hidden': 'true' }, 'i'), SEVERITY_WORDS.notice);
    case 'needs-approval':
      return h('span.severity.wait', {}, markOf('waiting', 14), SEVERITY_WORDS['needs-approval']);
    case 'blocked':
      return h('span.severity.bad', {}, markOf('build-failed', 14), SEVERITY_WORDS.blocked);
  }
}

export const COMPATIBLE: Readonly<
  Record<Compatible, { word: string; tone: string; icon: 'check' | 'half' | 'cross' | null }>
> = {
  compatible: { word: 'compatible', tone: 'ok', icon: 'check' },
  'until-written': { word: 'until written', tone: 'wait', icon: 'half' },
  incompatible: { word: 'incompatible', tone: 'bad', icon: 'cross' },
  unknown: { word: 'unknown', tone: 'dim', icon: null },
};

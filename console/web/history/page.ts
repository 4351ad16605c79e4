import { h } from '../base/dom.ts';
import type { View } from '../main.ts';
export function history(): View {
  return { title: 'history', keys: [], content: h('p') };
}

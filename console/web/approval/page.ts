import { h } from '../base/dom.ts';
import type { View } from '../main.ts';
export function approval(): View {
  return { title: 'approval', keys: [], content: h('p') };
}

import { h } from '../base/dom.ts';
import type { View } from '../main.ts';
export function metrics(): View {
  return { title: 'metrics', keys: [], content: h('p') };
}

import { h } from '../base/dom.ts';
import type { View } from '../main.ts';
export function deployment(): View {
  return { title: 'deployment', keys: [], content: h('p') };
}

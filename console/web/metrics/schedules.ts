import { h } from '../base/dom.ts';
import type { View } from '../main.ts';
export function schedules(): View {
  return { title: 's', keys: [], content: h('p') };
}

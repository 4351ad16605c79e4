/** What the page is told while it is open. */
import type { Deployment } from './deployment.ts';
import type { NowRow } from './now.ts';
import type { Mark, Problem, Text } from './parts.ts';

export type LiveEvent =
  /** With every look that succeeded, so that the page knows how fresh it is. */
  | { readonly type: 'read'; readonly at: string }
  | { readonly type: 'problem'; readonly at: string; readonly problem: Problem }
  | { readonly type: 'row'; readonly row: NowRow }
  /** Of the deployment that the page asked to follow. */
  | { readonly type: 'deployment'; readonly deployment: Deployment }
  /** The other pieces of that deployment (graph, timeline, logs) have changed. */
  | { readonly type: 'changed'; readonly id: string }
  /** A deployment began or ended: history has changed. */
  | { readonly type: 'history'; readonly id: string; readonly mark: Mark; readonly sentence: Text };

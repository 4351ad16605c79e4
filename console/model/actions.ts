/** What can be done from the page, and the plan that is confirmed first. */
import type { Consequence } from './approval.ts';
import type { Text } from './parts.ts';

export type ActionName = 'approve' | 'reject' | 'cancel' | 'rollback';

/** Without `confirm` nothing is done: the answer is the plan. */
export interface ActionRequest {
  readonly confirm?: string;
  readonly reason?: string;
  readonly accept?: readonly Consequence[];
  /** Of a rollback: a tag, a revision or a deployment's id. */
  readonly to?: string;
}

export type ActionAnswer =
  | { readonly state: 'plan'; readonly plan: ActionPlan }
  /** `deploymentId`: the one that it concerns; after a rollback, the new one. */
  | { readonly state: 'done'; readonly sentence: Text; readonly deploymentId: string };

export interface ActionPlan {
  readonly action: ActionName;
  /** `Approve c7d20e4 for billing in production?` */
  readonly title: Text;
  /** What will happen, one line each. */
  readonly lines: readonly Text[];
  /** To be accepted by name. */
  readonly consequences: readonly Consequence[];
  readonly needsReason: boolean;
  /** What the terminal takes for the same. */
  readonly command: string;
  /** Sent back to do what this plan says; another plan has another one. */
  readonly confirm: string;
  /** On the button. */
  readonly label: string;
}

/** A message to people: what SNS delivers by mail, chat or whatever subscribes. */
export interface Message {
  readonly subject: string;
  readonly text: string;
  /** For subscriptions that filter. */
  readonly attributes: Readonly<Record<string, string>>;
}

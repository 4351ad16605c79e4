/** A task that ends before any of its containers has run. */
export class TaskFailure extends Error {
  /** The container that the reason is about, where it is about one. */
  readonly container: string | undefined;

  constructor(reason: string, container?: string) {
    super(reason);
    this.name = 'TaskFailure';
    this.container = container;
  }
}

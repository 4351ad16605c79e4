import type { ExecOptions, Execution } from '../../../runtimes/runtime.ts';

export class Sessions {
  async open(
    _run: (options: ExecOptions) => Execution,
  ): Promise<{ sessionId: string; streamUrl: string; tokenValue: string }> {
    throw new Error('not yet');
  }
  async close(): Promise<void> {}
}

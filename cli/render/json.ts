/** Events as programs read them: one JSON object a line, the last one is the verdict. */
import type { DeployEvent } from '../../core/events.ts';
import type { Renderer } from './text.ts';

export class JsonRenderer implements Renderer {
  private readonly write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.write = write;
  }

  show(event: DeployEvent): void {
    this.write(`${JSON.stringify(event)}\n`);
  }

  tick(): void {}
}

/** The live log of a job: one line a step, and what was waited for folded into a group, in the way of each CI. */
import { type Renderer, TextRenderer } from '../cli/render/text.ts';
import type { Run } from '../core/ci.ts';
import type { DeployEvent } from '../core/events.ts';

type System = Run['system'];

interface Marks {
  open(title: string): string;
  close(title: string): string;
}

const MARKS: Readonly<Record<System, Marks>> = {
  github: { open: (title) => `::group::${title}\n`, close: () => '::endgroup::\n' },
  gitlab: {
    open: (title) => `\u001b[0Ksection_start:${seconds()}:${title}[collapsed=true]\r\u001b[0K${title}\n`,
    close: (title) => `\u001b[0Ksection_end:${seconds()}:${title}\r\u001b[0K\n`,
  },
  buildkite: { open: (title) => `--- ${title}\n`, close: () => '' },
  shell: { open: () => '', close: () => '' },
};

const seconds = (): number => Math.floor(Date.now() / 1000);

export class JobLog implements Renderer {
  private readonly system: System;
  private readonly write: (text: string) => void;
  private readonly text: TextRenderer;
  private group: string | undefined;

  constructor(system: System, write: (text: string) => void) {
    this.system = system;
    this.write = write;
    this.text = new TextRenderer({
      write: (text) => this.write(text.split('\n').map(inert).join('\n')),
      isTerminal: false,
      columns: Number.POSITIVE_INFINITY,
      colour: false,
    });
  }

  show(event: DeployEvent): void {
    const waits = event.type === 'step' && event.status === 'waiting';
    if (waits && this.group !== event.step) {
      this.close();
      this.group = event.step;
      this.write(MARKS[this.system].open(event.step));
    }
    if (!waits && event.type !== 'note') this.close();
    this.text.show(event);
  }

  /** A job's log has no line to redraw. */
  tick(): void {}

  note(text: string): void {
    this.show({ type: 'note', text });
  }

  /** A line that GitHub shows on the run's page, too. */
  annotate(title: string, sentence: string): void {
    this.close();
    if (this.system === 'github') this.write(`::error title=${property(title)}::${data(sentence)}\n`);
  }

  private close(): void {
    if (this.group !== undefined) this.write(MARKS[this.system].close(this.group));
    this.group = undefined;
  }
}

/**
 * A line that commands nothing. The runner takes `::name::` at a line's beginning and `##[name]` anywhere for commands,
 * and what an application has written into its log is shown here.
 */
export function inert(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1: ').replaceAll('##[', '# #[');
}

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** `lockstep show ID`: one deployment and all its evidence; with --follow, to its end. */
import type { DeployEvent, StepEvent } from '../../core/events.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { EXIT_STILL_RUNNING, VERDICTS } from '../../core/verdict.ts';
import { type Command, DEPLOYMENT_EXITS, flag } from '../command.ts';
import { executionOf } from '../deployment.ts';
import { findDeployment } from '../find.ts';
import { follow } from '../follow.ts';
import { openEnvironment } from '../open.ts';
import { evidenceLines } from '../render/evidence.ts';
import { rendererOf } from '../render/renderer.ts';
import type { Renderer } from '../render/text.ts';
import { screenOf } from '../render/text.ts';
import { timeoutOf } from '../target.ts';

export const show: Command = {
  name: 'show',
  summary: 'show one deployment with all its evidence, or follow it',
  usage: 'ID [--follow | --events]',
  positionals: { least: 1, most: 1 },
  options: {
    follow: { type: 'boolean', description: 'stay until the deployment has ended' },
    events: {
      type: 'boolean',
      description: 'the raw events of the execution’s history, one JSON object a line',
    },
    timeout: {
      type: 'string',
      value: 'TIME',
      description: 'end --follow after this time; the deployment goes on',
    },
  },
  examples: ['lockstep show 7k2f', 'lockstep show 7k2f --follow', 'lockstep show 7k2f --events'],
  exits: DEPLOYMENT_EXITS,
  async run(invocation) {
    const { cloud, environment } = await openEnvironment(invocation);
    const entry = await findDeployment(cloud, environment, invocation.positionals[0] ?? '');
    const execution = executionOf(cloud, entry.executionArn);
    if (flag(invocation, 'events')) {
      const { events } = await execution.history(undefined);
      for (const event of events) process.stdout.write(`${JSON.stringify(event)}\n`);
      return 0;
    }
    const following = flag(invocation, 'follow');
    const live = rendererOf(invocation);
    const renderer = following ? live : new Condensed(live);
    renderer.show(startedOf(entry));
    const end = await follow(execution, {
      renderer,
      signal: invocation.signal,
      interval: cloud.interval,
      // Without --follow one look is enough: what has ended shows its verdict, what runs shows where it is.
      ...(following ? timeoutOf(invocation) : { timeout: 0 }),
    });
    // The last line of --json is the verdict.
    const evidence = (await execution.entry()) ?? entry;
    if (flag(invocation, 'json'))
      process.stdout.write(`${JSON.stringify({ type: 'evidence', entry: evidence })}\n`);
    renderer.show(end);
    if (!flag(invocation, 'json')) {
      const { columns } = screenOf(process.stdout, invocation.variables);
      process.stdout.write(`${evidenceLines(evidence, columns).join('\n')}\n`);
    }
    return end.type === 'verdict' ? VERDICTS[end.verdict].exit : EXIT_STILL_RUNNING;
  },
};

function startedOf(entry: JournalEntry): DeployEvent {
  return {
    type: 'started',
    deploymentId: entry.deploymentId,
    executionArn: entry.executionArn,
    executionName: entry.executionArn.split(':').at(-1) ?? '',
    service: entry.service,
    environment: entry.environment,
    action: entry.action,
    commit: entry.commit,
    subject: entry.subject,
    attached: true,
  };
}

/** Who looks back wants to know how each step ended, not every wait on the way: one line a step. */
class Condensed implements Renderer {
  private open: StepEvent | undefined;
  private readonly inner: Renderer;

  constructor(inner: Renderer) {
    this.inner = inner;
  }

  show(event: DeployEvent): void {
    const passed = this.open;
    this.open = undefined;
    if (event.type === 'step' && (event.status === 'waiting' || event.status === 'running')) {
      if (passed && passed.step !== event.step) this.inner.show(passed);
      this.open = event;
      return;
    }
    if (passed && (event.type !== 'step' || event.step !== passed.step)) this.inner.show(passed);
    this.inner.show(event);
  }

  tick(): void {}
}

/** `lockstep start` (`npm start`): the embedded AWS, a real deployment of the example on it, and the URLs. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import type { VerdictEvent } from '../../core/events.ts';
import { nearest } from '../../core/nearest.ts';
import { EXIT_STILL_RUNNING, VERDICTS } from '../../core/verdict.ts';
import { type Command, DEPLOYMENT_EXITS, flag, type Invocation, text } from '../command.ts';
import { startAndFollow } from '../deployment.ts';
import {
  embeddedVariables,
  findRunning,
  forgetEmbedded,
  PACKAGE,
  type Running,
  startEmbedded,
  stopEmbedded,
} from '../embedded.ts';
import { ExampleRepository, FAULTS, isFault } from '../example.ts';
import { openCommit } from '../open.ts';
import { rendererOf } from '../render/renderer.ts';
import type { Renderer } from '../render/text.ts';
import { commitRequest } from '../request.ts';
import { ask, Traffic } from '../traffic.ts';
import { openConsole, placeOf } from './console.ts';
import { embeddedOptions } from './local.ts';

const ENVIRONMENT = 'local';
const SERVICE = 'backend';

export const start: Command = {
  name: 'start',
  summary: 'run the embedded AWS, deploy the example on it, and serve both',
  usage: '[--fault NAME] [--exit] [--port PORT]',
  options: {
    fault: {
      type: 'string',
      value: 'NAME',
      description: `then deploy a broken release: ${Object.keys(FAULTS).join(', ')}`,
    },
    exit: { type: 'boolean', description: 'end after the verdict instead of serving on' },
    port: {
      type: 'string',
      value: 'PORT',
      description: 'port of the embedded AWS; any free one where it is left out',
    },
    folder: { type: 'string', value: 'FOLDER', description: 'where its state is kept (.lockstep/local)' },
    runtime: { type: 'string', value: 'NAME', description: 'how tasks run: process (the default) or docker' },
  },
  examples: ['npm start', 'npm start -- --fault unhealthy', 'npm start -- --exit --json'],
  exits: DEPLOYMENT_EXITS,
  async run(invocation) {
    const fault = faultOf(invocation);
    const renderer = rendererOf(invocation);
    const demo = new Demo(invocation, renderer);
    const running = await demo.open();
    try {
      const verdict = await demo.deploy(running, fault);
      const code = verdict ? VERDICTS[verdict.verdict].exit : EXIT_STILL_RUNNING;
      if (flag(invocation, 'exit') || !verdict) return code;
      await demo.serve(running);
      return 0;
    } finally {
      await demo.close();
    }
  },
};

function faultOf(invocation: Invocation): keyof typeof FAULTS | undefined {
  const name = text(invocation, 'fault');
  if (name === undefined) return undefined;
  if (isFault(name)) return name;
  const known = Object.keys(FAULTS);
  const meant = nearest(name, known);
  throw new LockstepError('UsageError', {
    problem: `there is no fault "${name}".${meant ? ` Did you mean ${meant}?` : ''}`,
    help: `There are ${known.join(', ')}.`,
  });
}

/** What `start` holds while it runs: the embedded AWS, if it was started here, and the example's repository. */
class Demo {
  private readonly invocation: Invocation;
  private readonly renderer: Renderer;
  private readonly options: ReturnType<typeof embeddedOptions>;
  private owned: Awaited<ReturnType<typeof startEmbedded>> | undefined;

  constructor(invocation: Invocation, renderer: Renderer) {
    this.invocation = invocation;
    this.renderer = renderer;
    this.options = {
      ...embeddedOptions({ ...invocation, directory: PACKAGE }),
      say: (line) => this.note(line),
    };
  }

  async open(): Promise<Running> {
    const found = findRunning(this.options.folder);
    if (found) {
      this.note(`using the embedded AWS at ${found.endpoint}`);
      return found;
    }
    if (existsSync(this.brokenMark)) {
      this.note(
        'the last run left a failed migration behind, as it was meant to; starting with an empty account',
      );
      forgetEmbedded(this.options.folder);
    }
    this.note('starting the embedded AWS …');
    this.owned = await startEmbedded(this.options);
    return this.owned.running;
  }

  /** Deploys the example; with a fault, deploys that on top, and its verdict counts. Undefined: the wait was ended. */
  async deploy(running: Running, fault: keyof typeof FAULTS | undefined): Promise<VerdictEvent | undefined> {
    const example = new ExampleRepository(PACKAGE, join(this.options.folder, 'example'));
    await example.prepare();
    const door = Object.values(running.frontDoors)[0];
    const good = await this.release(running, example, door);
    if (!good || !fault || VERDICTS[good.verdict].exit !== 0) {
      if (good) this.renderer.show(good);
      return good;
    }
    this.renderer.show(good);
    this.note(`now a release that is broken on purpose: ${FAULTS[fault]}`);
    await example.release(fault);
    if (fault === 'bad-migration') writeFileSync(this.brokenMark, '');
    const bad = await this.release(running, example, door);
    if (bad) this.renderer.show(bad);
    return bad;
  }

  private async release(
    running: Running,
    example: ExampleRepository,
    door: string | undefined,
  ): Promise<VerdictEvent | undefined> {
    const opened = await openCommit({
      ...this.invocation,
      directory: example.path,
      variables: { ...this.invocation.variables, ...embeddedVariables(running) },
      options: { environment: ENVIRONMENT, service: SERVICE },
    });
    const request = await commitRequest(opened, 'deploy', (line) => this.note(line));
    // A service that has never answered has no request to lose; from its first answer on, every one counts.
    const traffic =
      door && (await ask(`${door}/api/health`)) === undefined ? new Traffic(`${door}/api/health`) : undefined;
    traffic?.start();
    try {
      const end = await startAndFollow(
        opened.cloud,
        { ...request, allowOlder: true },
        { renderer: this.renderer, signal: this.invocation.signal },
      );
      if (traffic) this.renderer.show(await traffic.stop());
      if (end.type === 'detached') this.renderer.show(end);
      return end.type === 'verdict' ? end : undefined;
    } finally {
      await traffic?.stop();
    }
  }

  /** Prints where everything is, and waits for Ctrl-C. */
  async serve(running: Running): Promise<void> {
    for (const [name, door] of Object.entries(running.frontDoors))
      this.note(`${name}     ${door}/api/health`);
    this.note(
      `AWS         export AWS_ENDPOINT_URL=${running.endpoint} AWS_REGION=${running.region} AWS_DEFAULT_REGION=${running.region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`,
    );
    if (!this.owned) return;
    const variables = { ...this.invocation.variables, ...embeddedVariables(running) };
    const place = await placeOf({ directory: PACKAGE, variables }, ENVIRONMENT);
    const page = await openConsole([place], 0);
    this.note(`console     ${page.url}`);
    this.note('Serving; Ctrl-C ends it, and its state is kept.');
    const { signal } = this.invocation;
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      this.owned?.child.once('close', () => resolve());
    });
    await page.close();
  }

  async close(): Promise<void> {
    if (this.owned) await stopEmbedded(this.owned.running, this.options.folder);
    if (existsSync(this.brokenMark) && !this.owned) rmSync(this.brokenMark);
  }

  /** Set while the account holds the failed migration that `--fault bad-migration` is there to show. */
  private get brokenMark(): string {
    return join(this.options.folder, 'failed-migration');
  }

  private note(line: string): void {
    this.renderer.show({ type: 'note', text: line });
  }
}

/**
 * The link to an execution that a job follows. A session lasts an hour and a deployment may wait for a person longer;
 * AWS may throttle or not answer: none of it says anything about the deployment, which goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeExecution, historyFrom } from '../aws/executions.ts';
import { entriesOf } from '../aws/journal.ts';
import type { Cloud } from '../cli/cloud.ts';
import { deploymentIdOf } from '../cli/deployment.ts';
import { type Execution, isOne, PASSING, PATIENCE_MS, SESSION_OVER } from '../cli/follow.ts';
import { LockstepError } from '../core/errors.ts';
import type { JournalEntry } from '../core/journal.ts';

/** The deployment can no longer be seen from here. */
export class LinkLost extends Error {}

export interface LinkOptions {
  /** `backend/production`. */
  readonly target: string;
  /** Opens AWS anew, with the credentials that there are now. */
  reopen(): Promise<Cloud>;
  say(text: string): void;
  readonly signal: AbortSignal;
}

const PAUSE_MS = 5_000;

export class Link implements Execution {
  readonly deploymentId: string;
  readonly executionArn: string;
  private cloud: Cloud;
  private readonly options: LinkOptions;

  constructor(cloud: Cloud, executionArn: string, options: LinkOptions) {
    this.cloud = cloud;
    this.executionArn = executionArn;
    this.deploymentId = deploymentIdOf(executionArn);
    this.options = options;
  }

  /** Milliseconds between two looks. */
  get interval(): number {
    return this.cloud.interval;
  }

  history(token: string | undefined) {
    return this.ask((cloud) => historyFrom(cloud.sfn, this.executionArn, token));
  }

  async describe() {
    const found = await this.ask((cloud) => describeExecution(cloud.sfn, this.executionArn));
    if (found) return found;
    throw new LockstepError('DeploymentUnknown', {
      id: this.deploymentId,
      detail: ': its execution is gone',
    });
  }

  /** By its target, newest first: the role of a CI may read those of its services, and no index over all of them. */
  entry(): Promise<JournalEntry | undefined> {
    return this.ask(async ({ journal }) => {
      const { startedAt } = await this.describe();
      // The entry says when the execution started as the execution saw it, to the second at least.
      const oldest = new Date(startedAt.getTime() - 1000).toISOString();
      for await (const entry of entriesOf(journal, this.options.target)) {
        if (entry.deploymentId === this.deploymentId) return entry;
        if (entry.startedAt < oldest) return undefined;
      }
      return undefined;
    });
  }

  /** Asks AWS; a session that is over is opened anew once, and what passes is waited for. */
  async ask<T>(call: (cloud: Cloud) => Promise<T>): Promise<T> {
    let reopened = false;
    let failing: number | undefined;
    for (;;) {
      try {
        return await call(this.cloud);
      } catch (error) {
        if (isOne(error, SESSION_OVER)) {
          if (reopened)
            throw new LinkLost('The session has expired, and there are no newer credentials.', {
              cause: error,
            });
          reopened = true;
          await this.renew();
        } else if (isOne(error, PASSING)) {
          if (failing === undefined) this.options.say(`${error.message} Looking again …`);
          failing ??= Date.now();
          if (Date.now() - failing > PATIENCE_MS) throw new LinkLost(error.message, { cause: error });
          await this.pause(error);
        } else throw error;
      }
    }
  }

  private async renew(): Promise<void> {
    this.options.say('The session has expired: reading the credentials again …');
    try {
      this.cloud = await this.options.reopen();
    } catch (error) {
      if (!isOne(error, SESSION_OVER)) throw error;
      throw new LinkLost('The session has expired, and there are no newer credentials.', { cause: error });
    }
  }

  private async pause(cause: Error): Promise<void> {
    try {
      await sleep(PAUSE_MS, undefined, { signal: this.options.signal });
    } catch {
      throw new LinkLost('The wait was ended.', { cause });
    }
  }
}

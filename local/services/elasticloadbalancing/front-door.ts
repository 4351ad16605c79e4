/** The listening side of one listener: a real HTTP server on a free port of 127.0.0.1. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { fail, fixed, redirect } from './answers.ts';
import { type ForwardOptions, forward, type Outcome } from './forward.ts';
import type { Counters } from './metrics.ts';
import { actionFor, groupOf } from './routing.ts';
import type { State } from './state.ts';
import type { Targets } from './targets.ts';
import { upgrade } from './upgrade.ts';

export interface Doors {
  readonly state: State;
  readonly targets: Targets;
  readonly counters: Counters;
}

export class FrontDoor {
  private readonly server: http.Server;
  private readonly doors: Doors;
  private readonly listenerArn: string;

  constructor(listenerArn: string, doors: Doors) {
    this.listenerArn = listenerArn;
    this.doors = doors;
    this.server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      void this.take(request, response);
    });
    this.server.on('upgrade', (request, socket, head) => {
      const action = this.action(request);
      const group = action?.Type === 'forward' ? groupOf(action) : undefined;
      if (group) upgrade(request, socket, head, this.options(group));
      else socket.destroy();
    });
  }

  /** Listens on the wanted port, or on a free one where another program has it by now. Returns the port. */
  async open(wanted: number): Promise<number> {
    try {
      return await this.listen(wanted);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      const port = await this.listen(0);
      this.doors.state.world.say(
        `Port ${wanted} is taken by another program; the front door is at ${port} now.`,
      );
      return port;
    }
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const listener = this.doors.state.listener(this.listenerArn);
    const action = this.action(request);
    const group = action?.Type === 'forward' ? groupOf(action) : undefined;
    const outcome = await this.answer(action, group, request, response, listener.port);
    this.doors.counters.count(listener.loadBalancerArn, group, outcome);
  }

  private async answer(
    action: elb.Action | undefined,
    group: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
    port: number,
  ): Promise<Outcome> {
    if (group) return forward(request, response, this.options(group));
    request.resume();
    if (action?.FixedResponseConfig) return { elbStatus: fixed(response, action.FixedResponseConfig) };
    if (action?.RedirectConfig)
      return { elbStatus: redirect(request, response, action.RedirectConfig, port) };
    fail(response, 503);
    return { elbStatus: 503 };
  }

  private action(request: IncomingMessage): elb.Action | undefined {
    const { state } = this.doors;
    return actionFor(state.listener(this.listenerArn), state.rulesOf(this.listenerArn), request);
  }

  private options(group: string): ForwardOptions {
    const { state, targets } = this.doors;
    const listener = state.listener(this.listenerArn);
    const seconds =
      state.loadBalancer(listener.loadBalancerArn).attributes['idle_timeout.timeout_seconds'] ?? '60';
    return { targets, group, port: listener.port, idleTimeout: Number(seconds) * 1000 };
  }
}

/** `lockstep show ID`: one deployment, from its beginning to now; with --follow, to its end. */
import { VERDICTS } from '../../core/verdict.ts';
import { type Command, DEPLOYMENT_EXITS, flag } from '../command.ts';
import { executionOf } from '../deployment.ts';
import { findDeployment } from '../find.ts';
import { follow } from '../follow.ts';
import { openEnvironment } from '../open.ts';
import { rendererOf } from '../render/renderer.ts';

export const show: Command = {
  name: 'show',
  summary: 'show one deployment, or follow it',
  usage: 'ID [--follow]',
  positionals: { least: 1, most: 1 },
  options: {
    follow: { type: 'boolean', description: 'stay until the deployment has ended' },
  },
  examples: ['lockstep show 7k2f', 'lockstep show 7k2f --follow', 'lockstep show 7k2f --json'],
  exits: DEPLOYMENT_EXITS,
  async run(invocation) {
    const { cloud, environment } = await openEnvironment(invocation);
    const entry = await findDeployment(cloud, environment, invocation.positionals[0] ?? '');
    const renderer = rendererOf(invocation);
    renderer.show({
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
    });
    const end = await follow(executionOf(cloud, entry.executionArn), {
      renderer,
      signal: invocation.signal,
      interval: cloud.interval,
      // Without --follow one look is enough: what has ended shows its verdict, what runs shows where it is.
      ...(!flag(invocation, 'follow') && { timeout: 0 }),
    });
    renderer.show(end);
    return end.type === 'verdict' ? VERDICTS[end.verdict].exit : 16;
  },
};

/** `lockstep deploy`: builds a commit, judges and runs its migrations, releases it and follows it to the verdict. */
import type { DeployRequest } from '../../core/request.ts';
import { openCloud } from '../cloud.ts';
import { type Command, DEPLOYMENT_EXITS, flag, type Invocation, text } from '../command.ts';
import { followToEnd } from '../deployment.ts';
import { rendererOf } from '../render/renderer.ts';
import { Repository } from '../repository.ts';
import { prepareRequest } from '../request.ts';
import { durationOf, environmentName, serviceName } from '../target.ts';

export const deploy: Command = {
  name: 'deploy',
  summary: 'build a commit, migrate the database and release it',
  usage: '--service NAME --environment NAME [--commit COMMIT] [--timeout TIME]',
  options: {
    commit: { type: 'string', value: 'COMMIT', description: 'what to deploy; HEAD where it is left out' },
    reason: { type: 'string', value: 'TEXT', description: 'why, for the history' },
    'allow-older': { type: 'boolean', description: 'release a commit that is older than the running one' },
    timeout: {
      type: 'string',
      value: 'TIME',
      description: 'end the wait after this time (90s, 10m); the deployment goes on',
    },
  },
  examples: [
    'lockstep deploy --service backend --environment production',
    'lockstep deploy --service backend --environment dev --commit main~1 --allow-older',
    'lockstep deploy --service backend --environment production --json --timeout 20m',
  ],
  exits: DEPLOYMENT_EXITS,
  async run(invocation) {
    const repository = await Repository.at(invocation.directory);
    const name = environmentName(invocation);
    const commit = await repository.commit(text(invocation, 'commit'));
    const { environment, json } = await repository.environment(name, commit.hash);
    const service = serviceName(invocation, environment, name);
    const renderer = rendererOf(invocation);
    const cloud = await openCloud({
      environment,
      environmentName: name,
      variables: invocation.variables,
      directory: repository.root,
    });
    const request = await prepareRequest({
      cloud,
      repository,
      commit,
      environment,
      environmentName: name,
      service,
      json,
      note: (text) => renderer.show({ type: 'note', text }),
    });
    return followToEnd(
      cloud,
      { ...request, ...extras(invocation) },
      {
        renderer,
        signal: invocation.signal,
        ...timeoutOf(invocation),
      },
    );
  },
};

function extras(invocation: Invocation): Partial<DeployRequest> {
  const reason = text(invocation, 'reason');
  return { allowOlder: flag(invocation, 'allow-older'), ...(reason && { reason }) };
}

function timeoutOf(invocation: Invocation): { timeout?: number } {
  const timeout = text(invocation, 'timeout');
  return timeout === undefined ? {} : { timeout: durationOf(timeout, 'timeout') };
}

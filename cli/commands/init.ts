/** `lockstep init`: writes an environment file, from an ECS service that runs or from options. Never over one that is there. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseEnvironment } from '../../core/environment.ts';
import { LockstepError } from '../../core/errors.ts';
import { type Adopted, environmentFor } from '../../core/init.ts';
import { problemsText } from '../../core/problems.ts';
import { type Command, type Invocation, problem, text } from '../command.ts';
import { Repository } from '../repository.ts';

const NAME = /^[a-z][a-z0-9-]{0,31}$/;

export const init: Command = {
  name: 'init',
  summary: 'write an environment file, from an ECS service that runs or from answers',
  usage:
    'NAME --service SERVICE [--cluster CLUSTER [--ecs-service NAME] [--container NAME]] [--region REGION] [--port PORT]',
  positionals: { least: 1, most: 1 },
  options: {
    cluster: {
      type: 'string',
      value: 'NAME',
      description: 'adopt the ECS service of this cluster; left out: a new BackendStack',
    },
    'ecs-service': { type: 'string', value: 'NAME', description: 'its name in ECS, where that is another' },
    container: { type: 'string', value: 'NAME', description: 'which of several containers gets the image' },
    region: { type: 'string', value: 'NAME', description: 'else AWS_REGION' },
    port: { type: 'string', value: 'PORT', description: 'the port that a new service listens on (4000)' },
    'tag-strategy': {
      type: 'string',
      value: 'NAME',
      description: 'mutable (latest) or immutable (git hash); immutable for production',
    },
  },
  examples: [
    'lockstep init production --service backend --cluster main',
    'lockstep init dev --service backend --region eu-central-1 --port 4000',
    'lockstep init staging --service api --cluster main --ecs-service api-staging --container app',
  ],
  exits: {},
  async run(invocation) {
    const [name = ''] = invocation.positionals;
    if (!NAME.test(name))
      throw problem(`"${name}" is no name of an environment: lower case letters, digits and hyphens.`, init);
    const { root } = await Repository.at(invocation.directory);
    const shown = `environments/${name}.json`;
    const path = join(root, shown);
    if (existsSync(path))
      throw new LockstepError('UsageError', {
        problem: `${shown} is there already, and is never overwritten.`,
        help: 'Edit it, or name another environment.',
      });
    const adopted = await adoptedOf(invocation, name);
    const json = environmentFor(adopted, strategyOf(invocation, name));
    const parsed = parseEnvironment(json);
    if ('problems' in parsed)
      throw new LockstepError('EnvironmentInvalid', {
        environment: name,
        count: 'problems',
        problems: problemsText(parsed.problems),
      });
    mkdirSync(join(root, 'environments'), { recursive: true });
    writeFileSync(path, `${JSON.stringify(json, null, 2)}\n`, { flag: 'wx' });
    process.stdout.write(
      `${shown} written. Commit it, deploy the stack (\`npx cdk deploy --context environment=${name}\`), then \`lockstep verify --environment ${name}\`.\n`,
    );
    return 0;
  },
};

function strategyOf(invocation: Invocation, name: string) {
  const given = text(invocation, 'tag-strategy');
  if (given === undefined) return name.startsWith('prod') ? ('immutable' as const) : ('mutable' as const);
  if (given === 'mutable' || given === 'immutable') return given;
  throw problem(`--tag-strategy "${given}" is neither mutable nor immutable.`, init);
}

async function adoptedOf(invocation: Invocation, name: string): Promise<Adopted> {
  const { variables } = invocation;
  const service =
    text(invocation, 'service') ?? (await answer(invocation, '--service', 'Name of the service'));
  const region =
    text(invocation, 'region') ??
    variables['AWS_REGION'] ??
    variables['AWS_DEFAULT_REGION'] ??
    (await answer(invocation, '--region', 'AWS region'));
  const cluster = text(invocation, 'cluster');
  if (cluster === undefined) return fresh(invocation, name, service, region);
  const [{ clientOptions }, { adopt }] = await Promise.all([import('../cloud.ts'), import('../init.ts')]);
  // Only the region of the environment is asked for, and it is known.
  const environment = { aws: { region } } as Parameters<typeof clientOptions>[0]['environment'];
  const options = clientOptions({
    environment,
    environmentName: name,
    variables,
    directory: invocation.directory,
  });
  return adopt(options, {
    cluster,
    service,
    ecsService: text(invocation, 'ecs-service') ?? service,
    container: text(invocation, 'container'),
  });
}

/** A service that does not exist yet, under the names that a BackendStack gives it. */
function fresh(invocation: Invocation, name: string, service: string, region: string): Adopted {
  const port = Number(text(invocation, 'port') ?? '4000');
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw problem(`--port "${text(invocation, 'port')}" is no port.`, init);
  const own = `${service}-${name}`;
  return {
    region,
    service,
    cluster: own,
    ecsService: service,
    container: service,
    port,
    cpu: 256,
    memory: 512,
    repository: own,
    logGroup: null,
    scaling: null,
    desired: 1,
    roles: [],
    healthPath: '/api/health',
    databaseSecret: `${own}/database`,
    subnets: [],
    securityGroups: [],
  };
}

async function answer(invocation: Invocation, option: string, question: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw problem(`${option} is missing.`, init);
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await lines.question(`${question}: `, { signal: invocation.signal })).trim();
  } finally {
    lines.close();
  }
}

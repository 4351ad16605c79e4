/** `lockstep init`: writes an environment file, from an ECS service that runs or from options. Never over one that is there. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnvironment } from '../../core/environment.ts';
import { LockstepError } from '../../core/errors.ts';
import { type Adopted, environmentFor } from '../../core/init.ts';
import { problemsText } from '../../core/problems.ts';
import { type Command, type Invocation, problem, text } from '../command.ts';
import { ask, hasTerminal } from '../confirm.ts';
import { Repository } from '../repository.ts';

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

interface Question {
  /** What says it where there is no terminal. */
  readonly option: string;
  readonly text: string;
  /** What an empty answer means. */
  readonly otherwise?: string;
  /** Why an answer will not do; undefined where it will. */
  wrong(answer: string): string | undefined;
}

const QUESTIONS = {
  name: {
    option: 'NAME',
    text: 'Name of the environment',
    wrong: (name) =>
      NAME.test(name)
        ? undefined
        : `"${name}" is no name of an environment: lower case letters, digits and hyphens.`,
  },
  service: {
    option: '--service',
    text: 'Name of the service',
    wrong: (name) =>
      NAME.test(name)
        ? undefined
        : `"${name}" is no name of a service: lower case letters, digits and hyphens.`,
  },
  region: {
    option: '--region',
    text: 'AWS region',
    wrong: (region) => (REGION.test(region) ? undefined : `"${region}" is no region; one is eu-central-1.`),
  },
  cluster: {
    option: '--cluster',
    text: 'ECS cluster that it runs in already, if it does',
    otherwise: '',
    wrong: () => undefined,
  },
  port: {
    option: '--port',
    text: 'Port that it listens on',
    otherwise: '4000',
    wrong: (port) =>
      /^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535 ? undefined : `"${port}" is no port.`,
  },
} as const satisfies Record<string, Question>;

export const init: Command = {
  name: 'init',
  summary: 'write an environment file, from an ECS service that runs or from answers',
  usage:
    '[NAME] [--service SERVICE] [--cluster CLUSTER [--ecs-service NAME] [--container NAME]] [--region REGION] [--port PORT]',
  // On a terminal, what is left out is asked for.
  positionals: { least: 0, most: 1 },
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
    const name = invocation.positionals[0] ?? (await answer(invocation, QUESTIONS.name));
    const wrong = QUESTIONS.name.wrong(name);
    if (wrong) throw problem(wrong, init);
    const { root } = await Repository.at(invocation.directory);
    const shown = `environments/${name}.json`;
    const path = join(root, shown);
    if (existsSync(path))
      throw new LockstepError('UsageError', {
        problem: `${shown} is there already, and is never overwritten.`,
        help: 'Edit it, or name another environment.',
      });
    const adopted = await adoptedOf(invocation, name);
    const json = environmentFor(adopted, await strategyOf(invocation, name));
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

async function strategyOf(invocation: Invocation, name: string): Promise<'mutable' | 'immutable'> {
  const usual = name.startsWith('prod') ? ('immutable' as const) : ('mutable' as const);
  const question: Question = {
    option: '--tag-strategy',
    text: 'Images are tagged mutable (latest) or immutable (git hash)',
    otherwise: usual,
    wrong: (one) =>
      one === 'mutable' || one === 'immutable' ? undefined : `"${one}" is neither mutable nor immutable.`,
  };
  const given =
    text(invocation, 'tag-strategy') ?? (isAsking(invocation) ? await answer(invocation, question) : usual);
  const wrong = question.wrong(given);
  if (wrong) throw problem(`--tag-strategy ${wrong}`, init);
  return given === 'immutable' ? 'immutable' : 'mutable';
}

/** Somebody who names nothing is led through all of it; who names a service knows what is asked for. */
const isAsking = (invocation: Invocation): boolean =>
  text(invocation, 'service') === undefined && hasTerminal();

async function adoptedOf(invocation: Invocation, name: string): Promise<Adopted> {
  const { variables } = invocation;
  const asking = isAsking(invocation);
  const service = text(invocation, 'service') ?? (await answer(invocation, QUESTIONS.service));
  const known = variables['AWS_REGION'] ?? variables['AWS_DEFAULT_REGION'];
  const region =
    text(invocation, 'region') ??
    (known !== undefined && !asking
      ? known
      : await answer(invocation, { ...QUESTIONS.region, ...(known !== undefined && { otherwise: known }) }));
  const cluster = text(invocation, 'cluster') ?? (asking ? await answer(invocation, QUESTIONS.cluster) : '');
  if (cluster === '') return fresh(invocation, name, service, region);
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
async function fresh(
  invocation: Invocation,
  name: string,
  service: string,
  region: string,
): Promise<Adopted> {
  const { otherwise, wrong } = QUESTIONS.port;
  const given =
    text(invocation, 'port') ?? (isAsking(invocation) ? await answer(invocation, QUESTIONS.port) : otherwise);
  const why = wrong(given);
  if (why) throw problem(`--port ${why}`, init);
  const port = Number(given);
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

/** Until it is one that will do. */
async function answer(invocation: Invocation, { option, text, otherwise, wrong }: Question): Promise<string> {
  if (!hasTerminal()) throw problem(`${option} is missing.`, init);
  for (;;) {
    const given = await ask(`${text}${otherwise ? ` [${otherwise}]` : ''}: `, invocation.signal);
    if (given === undefined)
      throw new LockstepError('UsageError', {
        problem: 'it was not answered.',
        help: 'Nothing was written.',
      });
    const value = given || (otherwise ?? '');
    const why = wrong(value);
    if (!why) return value;
    process.stdout.write(`${why}\n`);
  }
}

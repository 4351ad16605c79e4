/** Calls a function as Lambda would, with a test's clients in place of its own. */

import { migrationPolicySchema } from '../../core/migrations.ts';
import type { Plan } from '../../core/plan.ts';
import type { Deployment } from '../../core/request.ts';
import {
  chain,
  type FunctionDefinition,
  type Handler,
  type StepDefinition,
  step,
} from '../../lambdas/step.ts';

process.env['LOCKS_TABLE'] = 'locks';
process.env['DEPLOYMENTS_TABLE'] = 'deployments';
process.env['ARTEFACTS_BUCKET'] = 'artefacts';
process.env['BUILD_PROJECT'] = 'lockstep-production-build';
process.env['TOPIC_ARN'] = 'arn:aws:sns:eu-central-1:111111111111:lockstep';
process.env['ENVIRONMENT'] = 'production';
process.env['INSPECT_FUNCTION_PREFIX'] = 'lockstep-production-inspect-database-';

export interface Context {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export const context = (milliseconds = 60_000): Context => {
  const ends = Date.now() + milliseconds;
  return { awsRequestId: 'req-1', getRemainingTimeInMillis: () => ends - Date.now() };
};

/** What a step answers, as far as tests look into it. */
export type Answer = Record<string, unknown> & { readonly status?: string; readonly summary?: string };

// biome-ignore lint/suspicious/noExplicitAny: definitions of every function
type AnyStep = StepDefinition<any, any, any>;

/** The same function with other clients; what it writes to stdout is swallowed. */
export function withClients(handler: Handler<AnyStep>, clients: Record<string, unknown>) {
  const made = step({ ...handler.definition, clients } as AnyStep);
  return (event: unknown, within = context()) => quietly(() => made(event, within)) as Promise<Answer>;
}

// biome-ignore lint/suspicious/noExplicitAny: definitions of every function
type AnyChain = FunctionDefinition<any, any, any>;

export function chainWith(handler: Handler<AnyChain>, clients: Record<string, unknown>) {
  const made = chain({ ...handler.definition, clients });
  return (event: unknown, within = context()) => quietly(() => made(event, within)) as Promise<Answer>;
}

/** Lines that functions wrote during the last call, parsed. */
export let written: Record<string, unknown>[] = [];

export async function quietly<Result>(work: () => Promise<Result>): Promise<Result> {
  const { write } = process.stdout;
  written = [];
  process.stdout.write = ((text: string) => {
    for (const line of text.split('\n')) if (line.startsWith('{')) written.push(JSON.parse(line));
    return true;
  }) as typeof process.stdout.write;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}

export const DIGESTS = {
  old: `sha256:${'0'.repeat(63)}a`,
  new: `sha256:${'0'.repeat(63)}b`,
} as const;

const account = 'arn:aws:ecs:eu-central-1:111111111111';
export const ARNS = {
  old: `${account}:task-definition/backend-production:41`,
  new: `${account}:task-definition/backend-production:42`,
  oldRevision: `${account}:service-revision/production/backend/41`,
  newRevision: `${account}:service-revision/production/backend/42`,
  oldDeployment: `${account}:service-deployment/production/backend/8841`,
  newDeployment: `${account}:service-deployment/production/backend/8842`,
  targetGroup: 'arn:aws:elasticloadbalancing:eu-central-1:111111111111:targetgroup/backend/1',
} as const;

export const REPOSITORY = '111111111111.dkr.ecr.eu-central-1.amazonaws.com/backend';

export const DEPLOYMENT: Deployment = {
  id: '1a2b3c4d',
  target: 'backend/production',
  service: 'backend',
  environment: 'production',
  startedAt: '2026-11-24T09:15:02.000Z',
  executionArn: 'arn:aws:states:eu-central-1:111111111111:execution:lockstep-production-deploy:one',
  owner: 'arn:aws:states:eu-central-1:111111111111:execution:lockstep-production-deploy:one',
};

export const OLD = {
  taskDefinition: ARNS.old,
  revision: 'backend-production:41',
  image: `${REPOSITORY}@${DIGESTS.old}`,
  digest: DIGESTS.old,
  commit: '9f31c2e000000000000000000000000000000000',
  committedAt: '2026-11-20T10:00:00Z',
};

export const RELEASE = {
  commit: 'a1b2c3d000000000000000000000000000000000',
  tag: 'a1b2c3d000000000000000000000000000000000',
  digest: DIGESTS.new,
  image: `${REPOSITORY}@${DIGESTS.new}`,
  manifestKey: `releases/backend/${DIGESTS.new.slice(7)}.json`,
};

export const PLAN: Plan = {
  action: 'deploy',
  commit: RELEASE.commit,
  subject: 'Index documents by owner',
  committedAt: '2026-11-24T09:00:00Z',
  settings: {
    path: '.',
    dockerfile: 'Dockerfile',
    build: { context: '.', workingDirectory: '.' },
    cluster: 'production',
    ecsService: 'backend',
    container: 'backend',
    port: 4000,
    repository: 'backend',
    logGroup: 'production-backend',
    variables: {},
    cpu: 512,
    memory: 1024,
    tagStrategy: 'immutable',
    health: {
      url: null,
      path: '/api/health',
      statusPath: null,
      statusTokenSecret: null,
      bakeSeconds: 60,
      deadlineSeconds: 900,
      alarms: [],
    },
    database: { schema: 'public', instance: 'backend-production' },
    migrations: migrationPolicySchema.parse({}),
  },
  running: OLD,
  rollbackTarget: { ...OLD, provenBy: 'journal', provenAt: '2026-11-21T14:07:00Z' },
  repositoryUri: REPOSITORY,
  tag: RELEASE.tag,
  sourceKey: 'sources/backend/a1b2c3d.zip',
  release: null,
  taskDefinition: null,
  steps: { build: true, migrate: true, release: true },
};

/** What DescribeTaskDefinition answers for the revision that runs. */
export const DEFINITION = {
  taskDefinitionArn: ARNS.old,
  family: 'backend-production',
  revision: 41,
  status: 'ACTIVE',
  registeredAt: new Date('2026-11-21'),
  compatibilities: ['FARGATE'],
  networkMode: 'awsvpc',
  cpu: '512',
  memory: '1024',
  taskRoleArn: 'arn:aws:iam::111111111111:role/backend-production-task',
  ephemeralStorage: { sizeInGiB: 30 },
  containerDefinitions: [
    {
      name: 'backend',
      image: OLD.image,
      essential: true,
      environment: [{ name: 'NODE_ENV', value: 'production' }],
      portMappings: [{ containerPort: 4000 }],
      healthCheck: { command: ['CMD-SHELL', 'curl -f http://localhost:4000/api/health || exit 1'] },
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': 'production-backend', 'awslogs-stream-prefix': 'backend' },
      },
    },
  ],
};

export const SERVICE = {
  serviceArn: `${account}:service/production/backend`,
  serviceName: 'backend',
  status: 'ACTIVE',
  taskDefinition: ARNS.old,
  desiredCount: 2,
  runningCount: 2,
  pendingCount: 0,
  launchType: 'FARGATE',
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } },
  deployments: [
    {
      id: 'ecs-svc/41',
      status: 'PRIMARY',
      taskDefinition: ARNS.old,
      rolloutState: 'COMPLETED',
      desiredCount: 2,
      updatedAt: new Date('2026-11-21T14:07:00Z'),
    },
  ],
  currentServiceRevisions: [{ arn: ARNS.oldRevision }],
  loadBalancers: [{ targetGroupArn: ARNS.targetGroup, containerName: 'backend', containerPort: 4000 }],
};

export const REVISIONS = {
  old: {
    serviceRevisionArn: ARNS.oldRevision,
    taskDefinition: ARNS.old,
    containerImages: [{ containerName: 'backend', image: OLD.image, imageDigest: DIGESTS.old }],
  },
  new: {
    serviceRevisionArn: ARNS.newRevision,
    taskDefinition: ARNS.new,
    containerImages: [{ containerName: 'backend', image: RELEASE.image, imageDigest: DIGESTS.new }],
  },
};

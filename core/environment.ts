/**
 * `environments/<name>.json`: what a user decides about an environment. This schema is the only definition: the
 * JSON Schema that editors use and the configuration reference are generated from it.
 */
import { z } from 'zod';
import { placeProblems, placeShape } from './environment-build.ts';
import { ciSchema } from './environment-ci.ts';
import { freezesSchema, scheduleSchema, timeZoneSchema, windowsSchema } from './environment-schedule.ts';
import { containerCheckSchema, stackSchema, targetCheckSchema } from './environment-stack.ts';
import { fargateProblem } from './fargate.ts';
import { migrationPolicySchema } from './migration-policy.ts';
import { type Problem, problemsOf } from './problems.ts';

export type { Problem } from './problems.ts';

const seconds = (described: string) => z.int().min(0).max(86_400).describe(described);

export const deploymentSchema = z
  .strictObject({
    imageTagStrategy: z
      .enum(['mutable', 'immutable'])
      .describe('`mutable` moves the tag `latest`; `immutable` tags the git hash and refuses a dirty tree.'),
    autoScale: z.boolean().describe('Whether Application Auto Scaling moves the number of tasks.'),
    minTasks: z.int().min(0).max(5000).describe('Fewest tasks; without autoscaling, the number of tasks.'),
    maxTasks: z.int().min(1).max(5000).describe('Most tasks that autoscaling may run.'),
  })
  .superRefine(({ minTasks, maxTasks }, context) => {
    if (minTasks > maxTasks)
      context.addIssue({
        code: 'custom',
        path: ['minTasks'],
        message: `is ${minTasks}, more than maxTasks (${maxTasks})`,
      });
  })
  .describe('How releases are tagged and how many tasks run.');

export const resourcesSchema = z
  .strictObject({
    cpu: z.int().describe('CPU units of a task (1024 = one vCPU); a size that Fargate has.'),
    memory: z.int().describe('Memory of a task in MiB; a size that Fargate has with this cpu.'),
  })
  .superRefine(({ cpu, memory }, context) => {
    const problem = fargateProblem(cpu, memory);
    if (problem) context.addIssue({ code: 'custom', path: [problem.key], message: problem.sentence });
  })
  .describe('The size of a task.');

const awsSchema = z
  .strictObject({
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not an AWS region, for example eu-central-1')
      .describe('The AWS region.'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'is not an AWS account id of twelve digits')
      .optional()
      .describe('The AWS account; the credentials’ own where it is left out.'),
  })
  .describe('Where this environment lives.');

const databaseSchema = z
  .strictObject({
    secret: z
      .string()
      .min(1)
      .describe(
        'Name or ARN of the Secrets Manager secret with host, port, username, password and dbname (or with a `url`).',
      ),
    schema: z.string().min(1).default('public').describe('The PostgreSQL schema that Prisma migrates.'),
    instance: z.string().min(1).optional().describe('The RDS instance identifier; snapshots need it.'),
    subnets: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Subnets for `inspect-database`; the service’s own in a BackendStack of ours.'),
    securityGroups: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Security groups for `inspect-database`; the service’s own in a BackendStack of ours.'),
  })
  .describe('How the database is reached. Without it the facts are unknown and every table counts as large.');

const healthSchema = z
  .strictObject({
    url: z
      .url()
      .optional()
      .describe(
        'Base URL of the service. Where it is left out, its load balancer is asked over HTTP; one that is internal or speaks HTTPS only cannot be, and then `deploy`, `plan`, `check` and `verify` say that nothing is asked.',
      ),
    path: z
      .string()
      .startsWith('/', 'must start with /')
      .default('/api/health')
      .describe('Must answer 200 with `"status":"healthy"`.'),
    statusPath: z
      .string()
      .startsWith('/', 'must start with /')
      .optional()
      .describe('Must answer 200, with the bearer token below; a query of the database belongs here.'),
    statusTokenSecret: z
      .string()
      .min(1)
      .optional()
      .describe('Name or ARN of the secret that holds the bearer token of `statusPath`.'),
    bakeSeconds: seconds('How long a release must stay healthy before it counts as proven.').default(60),
    deadlineSeconds: seconds('How long a release may take to become healthy.').default(900),
    alarms: z.array(z.string().min(1)).default([]).describe('CloudWatch alarms that must not be in ALARM.'),
    containerCheck: containerCheckSchema.prefault({}),
    targetCheck: targetCheckSchema.prefault({}),
  })
  .describe('When a release counts as healthy.');

export const serviceSchema = z
  .strictObject({
    ...placeShape,
    cluster: z.string().min(1).describe('The ECS cluster.'),
    ecsService: z
      .string()
      .min(1)
      .optional()
      .describe('The ECS service; the service’s key where it is left out.'),
    container: z
      .string()
      .min(1)
      .optional()
      .describe('The container that gets the image; the service’s key where it is left out.'),
    port: z
      .int({ error: 'is missing; the port the container listens on, for example 4000' })
      .min(1)
      .max(65_535)
      .describe('The port the container listens on, for example 4000.'),
    repository: z
      .string()
      .min(1)
      .optional()
      .describe('The ECR repository; the service’s key where it is left out.'),
    environment: z
      .record(z.string(), z.string())
      .default({})
      .describe('Environment variables that a release adds to or changes in the container.'),
    roles: z
      .array(z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+/, 'must be the ARN of an IAM role'))
      .min(1)
      .optional()
      .describe(
        'ARNs of the task role and the execution role, which a new revision passes on; those of the BackendStack where they are left out.',
      ),
    logGroup: z
      .string()
      .min(1)
      .optional()
      .describe('The CloudWatch log group of the tasks; `<environment>-<service>` where it is left out.'),
    health: healthSchema.prefault({}),
    database: databaseSchema.optional(),
  })
  .superRefine((service, context) => {
    for (const problem of placeProblems(service)) context.addIssue({ code: 'custom', ...problem });
  })
  .describe('One service.');

export const environmentSchema = z.strictObject({
  $schema: z.string().optional().describe('Path of the JSON Schema, for editors.'),
  deployment: deploymentSchema,
  resources: resourcesSchema,
  aws: awsSchema,
  migrations: migrationPolicySchema.prefault({}),
  stack: stackSchema.prefault({}),
  ci: ciSchema.prefault({}),
  timeZone: timeZoneSchema.optional(),
  schedule: scheduleSchema.optional(),
  freeze: freezesSchema,
  windows: windowsSchema,
  services: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be lower case letters, digits and hyphens'),
      serviceSchema,
    )
    .refine(
      (services) => Object.keys(services).length > 0,
      'is empty; name at least one service, for example "backend"',
    ),
});

export type Environment = z.infer<typeof environmentSchema>;
export type ServiceConfiguration = z.infer<typeof serviceSchema>;

/** Reads an environment from parsed JSON: all problems at once, each with its path. */
export function parseEnvironment(json: unknown): { environment: Environment } | { problems: Problem[] } {
  const parsed = environmentSchema.safeParse(json, { reportInput: true });
  return parsed.success
    ? { environment: parsed.data }
    : { problems: problemsOf(parsed.error, environmentSchema, '(the file)') };
}

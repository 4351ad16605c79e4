/**
 * Looks at everything that a deployment will need, before there is one. Longer than a file should be because it is a list: one
 * short function a checkpoint, in the order in which they are printed.
 */
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { ask } from '../aws/ask.ts';
import { findImage, imageState } from '../aws/ecr.ts';
import { frontDoor } from '../aws/elb.ts';
import { isNamed } from '../aws/errors.ts';
import { askDatabase } from '../aws/inspection.ts';
import { type Clients, clientsOf } from '../aws/lazy-clients.ts';
import { streamOf } from '../aws/logs.ts';
import { observeService, type ServiceSeen } from '../aws/running.ts';
import { deniedOn } from '../aws/simulation.ts';
import { isWell } from '../core/check.ts';
import type { Environment } from '../core/environment.ts';
import { LockstepError } from '../core/errors.ts';
import { notAsked } from '../core/front-door.ts';
import { historyAnswerSchema } from '../core/inspection.ts';
import { functionName, inspectFunctionName } from '../core/names.ts';
import { type Settings, settingsOf } from '../core/plan.ts';
import { type Branch, type Checkpoint, ng, ok, secretOf, skip } from '../core/verify.ts';
import type { Cloud } from './cloud.ts';
import { unreached, wayOf } from './database-way.ts';

interface Subject {
  readonly cloud: Cloud;
  readonly clients: Clients;
  readonly service: string;
  readonly settings: Settings;
  readonly seen: ServiceSeen;
}

/** The environment first, then each service. Branches come as they are known. */
export async function* verify(
  cloud: Cloud,
  environment: Environment,
  services: readonly string[],
): AsyncGenerator<Branch> {
  const clients = clientsOf(cloud);
  const { environmentName: name } = cloud;
  yield {
    name,
    checkpoints: [
      ok(
        'credentials',
        `${cloud.account.caller.split(':').at(-1) ?? ''} of ${cloud.account.id} in ${cloud.region}`,
      ),
      await guarded('stack', () => stack(cloud)),
    ],
  };
  for (const service of services) {
    const settings = settingsOf(environment, name, service);
    if (settings) yield { name: service, checkpoints: await ofService(cloud, clients, service, settings) };
  }
}

async function ofService(
  cloud: Cloud,
  clients: Clients,
  service: string,
  settings: Settings,
): Promise<Checkpoint[]> {
  const seen = await observeService(await clients.ecs(), settings, settings.container);
  if (!seen) {
    const remedy = `Check "cluster" and "ecsService" in environments/${cloud.environmentName}.json, or deploy the BackendStack.`;
    return [
      ng('service', `there is no ECS service ${settings.ecsService} in cluster ${settings.cluster}`, remedy),
    ];
  }
  const subject = { cloud, clients, service, settings, seen };
  const looks: [string, (subject: Subject) => Promise<Checkpoint>][] = [
    ['service', active],
    ['roles', rolesPassed],
    ['secrets', secretsReadable],
    ['image', imageThere],
    ['log group', logGroup],
    ['database', database],
    ['health path', healthPath],
    ['alarms', alarms],
  ];
  return Promise.all(looks.map(([name, look]) => guarded(name, () => look(subject))));
}

/** Who verifies may be allowed less than who deploys: what may not be looked at is skipped, and said. */
async function guarded(name: string, look: () => Promise<Checkpoint>): Promise<Checkpoint> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof LockstepError && error.error === 'PermissionMissing')
      return skip(name, `you may not look: ${error.data['detail'] ?? error.message}`);
    throw error;
  }
}

async function stack(cloud: Cloud): Promise<Checkpoint> {
  const name = cloud.stateMachineArn.split(':').at(-1) ?? '';
  try {
    const machine = await cloud.sfn.send(
      new DescribeStateMachineCommand({ stateMachineArn: cloud.stateMachineArn }),
    );
    return ok(
      'stack',
      `${name}, ${machine.status ?? 'ACTIVE'}, since ${machine.creationDate?.toISOString().slice(0, 10)}`,
    );
  } catch (error) {
    if (!isNamed(error, 'StateMachineDoesNotExist')) throw error;
    const remedy = `\`npx cdk deploy --context environment=${cloud.environmentName}\`, or check "region" in the environment file.`;
    return ng('stack', `there is no state machine ${name} in ${cloud.region}`, remedy);
  }
}

async function active({ seen: { service } }: Subject): Promise<Checkpoint> {
  const counts = `${service.runningCount ?? 0} of ${service.desiredCount ?? 0}`;
  if (service.status !== 'ACTIVE')
    return ng(
      'service',
      `is ${service.status}`,
      'A service that is being deleted takes no release; make it anew.',
    );
  return ok('service', `ACTIVE, ${counts}`);
}

async function rolesPassed({ cloud, clients, seen }: Subject): Promise<Checkpoint> {
  const { taskRoleArn, executionRoleArn } = seen.current.definition;
  const roles = [taskRoleArn, executionRoleArn].filter((arn) => arn !== undefined);
  if (roles.length === 0) return skip('roles', 'the task definition has none');
  const lambda = await clients.lambda();
  const { Role } = await lambda.send(
    new GetFunctionConfigurationCommand({
      FunctionName: functionName(cloud.environmentName, 'UpdateService'),
    }),
  );
  const context = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' };
  const denied = await deniedOn(await clients.iam(), Role ?? '', 'iam:PassRole', roles, context);
  if (denied.length === 0) return ok('roles', 'task and execution role can be passed');
  const list = denied.map((arn) => `"${arn}"`).join(', ');
  return ng(
    'roles',
    `${denied.map(nameOf).join(', ')} may not be passed on`,
    `Put "roles": [${list}] into the service’s block, and deploy the stack again.`,
  );
}

async function secretsReadable({ clients, seen }: Subject): Promise<Checkpoint> {
  const { executionRoleArn, containerDefinitions = [] } = seen.current.definition;
  const wanted = containerDefinitions.flatMap(({ secrets = [] }) =>
    secrets.map((one) => secretOf(one.valueFrom ?? '')),
  );
  if (wanted.length === 0) return skip('secrets', 'the task definition names none');
  if (!executionRoleArn)
    return ng(
      'secrets',
      'there is no execution role to read them with',
      'Set executionRoleArn in the task definition.',
    );
  const iam = await clients.iam();
  const of = (kind: 'secret' | 'parameter') => [
    ...new Set(wanted.filter((one) => one.kind === kind).map(({ resource }) => resource)),
  ];
  const denied = [
    ...(await deniedOn(iam, executionRoleArn, 'secretsmanager:GetSecretValue', of('secret'))),
    ...(await deniedOn(iam, executionRoleArn, 'ssm:GetParameters', of('parameter'))),
  ];
  if (denied.length === 0)
    return ok('secrets', `${wanted.length} can be read by ${nameOf(executionRoleArn)}`);
  return ng(
    'secrets',
    `${nameOf(executionRoleArn)} may not read ${denied.map((arn) => arn.split(':').at(-1)).join(', ')}`,
    'Allow secretsmanager:GetSecretValue on them in that role; else no task will start.',
  );
}

const nameOf = (arn: string): string => arn.split('/').at(-1) ?? arn;

async function imageThere({ clients, settings, seen }: Subject): Promise<Checkpoint> {
  const { running, current } = seen;
  if (!running) return skip('image', 'nothing has been released yet');
  const revision = `of :${current.definition.revision}`;
  const tag = /:([\w.-]+)$/.exec(running.image.split('@')[0] ?? '')?.[1];
  const reference = running.digest ? { imageDigest: running.digest } : { imageTag: tag ?? 'latest' };
  const image = await findImage(await clients.ecr(), settings.repository, reference);
  const state = imageState(image);
  if (state === 'active') return ok('image', `${revision} ${image?.imageDigest?.slice(0, 19)}…, ACTIVE`);
  return ng(
    'image',
    `${revision} is ${state === 'archived' ? 'archived' : 'gone'}: a task that ends could not be started again`,
    'Restore it, or deploy what runs once more.',
  );
}

async function logGroup({ cloud, clients, settings, seen }: Subject): Promise<Checkpoint> {
  const container = seen.current.definition.containerDefinitions?.find(
    ({ name }) => name === settings.container,
  );
  const group = streamOf(container, '/')?.group ?? settings.logGroup;
  const logs = await clients.logs();
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: group }));
  const found = logGroups?.find(({ logGroupName }) => logGroupName === group);
  if (!found)
    return ng(
      'log group',
      `there is none called ${group}`,
      `\`aws logs create-log-group --log-group-name ${group} --region ${cloud.region}\``,
    );
  if (!found.retentionInDays)
    return ng(
      'log group',
      `${group} has no retention; costs grow for ever`,
      `\`aws logs put-retention-policy --log-group-name ${group} --retention-in-days 30\`, or "stack": {"logRetentionDays": 30}`,
    );
  return ok('log group', `${group}, ${found.retentionInDays} days`);
}

async function database({ cloud, clients, settings, service, seen }: Subject): Promise<Checkpoint> {
  if (!settings.database)
    return skip('database', 'no "database" block: facts unknown, every table counts as large');
  const name = inspectFunctionName(cloud.environmentName, service);
  const history = await askDatabase(await clients.lambda(), name, { want: 'history' }, historyAnswerSchema);
  if (!history.reachable)
    return unreached(history.reason, await wayOf(clients, settings, seen), cloud.environmentName);
  const failed = history.applied?.find((row) => row.finishedAt === null && row.rolledBackAt === null);
  if (failed)
    return ng(
      'database',
      `migration ${failed.migrationName} failed and was never resolved (P3009)`,
      `\`lockstep migrations status --environment ${cloud.environmentName}\` says how to resolve it.`,
    );
  return ok(
    'database',
    `reached through the service’s security groups; ${history.applied?.length ?? 0} migrations, none failed`,
  );
}

async function healthPath({ clients, settings, seen }: Subject): Promise<Checkpoint> {
  const { url, path } = settings.health;
  const groups = (seen.service.loadBalancers ?? []).flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
  const door = await frontDoor(await clients.elb(), url, groups);
  if (door.closed) return skip('health path', notAsked(door.closed, path));
  if (!seen.running) return skip('health path', 'nothing has been released yet');
  const answer = await ask(door.url ?? '', path);
  if (isWell(answer)) return ok('health path', `GET ${path} → 200`);
  return ng(
    'health path',
    `GET ${path} → ${answer.status ?? answer.problem}`,
    'It must answer 200, with "status":"healthy" in its body.',
  );
}

async function alarms({ clients, settings }: Subject): Promise<Checkpoint> {
  const names = settings.health.alarms;
  if (names.length === 0) return skip('alarms', 'the environment file names none');
  const cloudwatch = await clients.cloudwatch();
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  );
  const found = [...MetricAlarms, ...CompositeAlarms];
  const missing = names.filter((name) => !found.some(({ AlarmName }) => AlarmName === name));
  if (missing.length > 0)
    return ng(
      'alarms',
      `there is no alarm ${missing.join(', ')}`,
      'Take it out of "alarms" in the environment file, or make it.',
    );
  const ringing = found.filter(({ StateValue }) => StateValue === 'ALARM').map(({ AlarmName }) => AlarmName);
  if (ringing.length > 0)
    return ng(
      'alarms',
      `${ringing.join(', ')} in ALARM`,
      'No deployment starts until it is quiet: mend what it shows.',
    );
  return ok('alarms', `${names.length} there, none in ALARM`);
}

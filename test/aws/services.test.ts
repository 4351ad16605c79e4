/** The thin calls: what they make of answers that are missing, of several pages, and of errors that are none. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { getJson, putJson } from '../../aws/artefacts.ts';
import { alarmsInAlarm } from '../../aws/cloudwatch.ts';
import { findImage, imageState, repositoryUri } from '../../aws/ecr.ts';
import { describeService, describeTaskDefinition, stopServiceDeployment } from '../../aws/ecs.ts';
import { frontDoor, publicUrl, targetsOf } from '../../aws/elb.ts';
import { lastLines, streamOf } from '../../aws/logs.ts';
import { findDeploymentOf, observeDeployment, observeService } from '../../aws/running.ts';
import { addressOf, runTask, tasksOf } from '../../aws/tasks.ts';
import { mergeTargets } from '../../core/observation.ts';
import { awsError, FakeAws, s3Json } from '../setup/fake-aws.ts';
import { ARNS, DEFINITION, DIGESTS, REVISIONS, SERVICE } from '../setup/function.ts';

let aws: FakeAws;
beforeEach(() => {
  aws = new FakeAws();
});
const NAME = { cluster: 'production', ecsService: 'backend' };

describe('S3', () => {
  const s3 = () => aws.client(S3Client);

  test('a key that is not there is undefined; content of another shape is an error', async () => {
    aws.answer({ 'S3 GetObject': awsError('NoSuchKey') });
    expect(await getJson(s3(), 'b', 'k', z.object({}))).toBeUndefined();
    aws.answer({ 'S3 GetObject': s3Json({ a: 1 }) });
    await expect(getJson(s3(), 'b', 'k', z.object({ a: z.string() }))).rejects.toThrow('expected string');
  });

  test('what is there already stays, where that is asked for', async () => {
    aws.answer({ 'S3 PutObject': awsError('PreconditionFailed') });
    expect(await putJson(s3(), 'b', 'k', {}, { ifAbsent: true })).toBe(false);
    expect(aws.inputs('S3 PutObject')[0]).toMatchObject({
      IfNoneMatch: '*',
      ContentType: 'application/json',
    });
  });
});

describe('ECR', () => {
  const ecr = () => aws.client(ECRClient);

  test('an image that is archived is found, and told from one that is gone', async () => {
    aws.answer({
      'ECR DescribeImages': { imageDetails: [{ imageDigest: DIGESTS.old, imageStatus: 'ARCHIVED' }] },
    });
    expect(imageState(await findImage(ecr(), 'backend', { imageTag: 'v1' }))).toBe('archived');
    expect(aws.inputs('ECR DescribeImages')[0]).toMatchObject({ filter: { imageStatus: 'ANY' } });
    aws.answer({ 'ECR DescribeImages': awsError('ImageNotFoundException') });
    expect(imageState(await findImage(ecr(), 'backend', { imageTag: 'v1' }))).toBe('missing');
    expect(imageState({})).toBe('active');
  });

  test('a repository that is not there is undefined', async () => {
    aws.answer({ 'ECR DescribeRepositories': awsError('RepositoryNotFoundException') });
    expect(await repositoryUri(ecr(), 'backend')).toBeUndefined();
  });
});

describe('ECS', () => {
  const ecs = () => aws.client(ECSClient);

  test('a service of a cluster that is not there is undefined', async () => {
    aws.answer({ 'ECS DescribeServices': awsError('ClusterNotFoundException') });
    expect(await describeService(ecs(), NAME)).toBeUndefined();
  });

  test('a task definition that is not there is undefined; another refusal is an error', async () => {
    aws.answer({
      'ECS DescribeTaskDefinition': awsError('ClientException', 'Unable to describe task definition.'),
    });
    expect(await describeTaskDefinition(ecs(), 'x:1')).toBeUndefined();
    aws.answer({ 'ECS DescribeTaskDefinition': awsError('ClientException', 'Invalid revision') });
    await expect(describeTaskDefinition(ecs(), 'x:1')).rejects.toThrow('Invalid revision');
  });

  test('a deployment that has ended cannot be stopped, and that is no error', async () => {
    aws.answer({ 'ECS StopServiceDeployment': awsError('ConflictException') });
    expect(await stopServiceDeployment(ecs(), 'arn')).toBe(false);
  });

  test('tasks are described a hundred at a time, running and stopped ones', async () => {
    const arns = Array.from({ length: 150 }, (_, index) => `arn/${index}`);
    aws.answer({
      'ECS ListTasks': ({ desiredStatus, nextToken }) => {
        if (desiredStatus === 'STOPPED') return { taskArns: ['arn/stopped'] };
        return nextToken
          ? { taskArns: arns.slice(100) }
          : { taskArns: arns.slice(0, 100), nextToken: 'more' };
      },
      'ECS DescribeTasks': ({ tasks }) => ({ tasks: (tasks as string[]).map((taskArn) => ({ taskArn })) }),
    });
    expect(await tasksOf(ecs(), NAME)).toHaveLength(151);
    expect(aws.inputs('ECS DescribeTasks').map(({ tasks }) => (tasks as string[]).length)).toEqual([100, 51]);
  });

  test('a task that ECS refuses to start is told apart from one that it started before', async () => {
    aws.answer({ 'ECS RunTask': awsError('ConflictException', 'used', { resourceIds: ['arn'] }) });
    expect(await runTask(ecs(), { taskDefinition: 'x' })).toEqual({ task: 'arn' });
    aws.answer({ 'ECS RunTask': awsError('InvalidParameterException', 'no subnets') });
    expect(await runTask(ecs(), { taskDefinition: 'x' })).toEqual({ refused: 'no subnets' });
  });

  test('a task has the address of its network interface', () => {
    const details = [{ name: 'privateIPv4Address', value: '10.0.0.1' }];
    expect(addressOf({ attachments: [{ type: 'ElasticNetworkInterface', details }] })).toBe('10.0.0.1');
    expect(addressOf({})).toBeNull();
  });

  describe('what runs', () => {
    beforeEach(() =>
      aws.answer({
        'ECS DescribeServices': { services: [SERVICE] },
        'ECS DescribeTaskDefinition': { taskDefinition: DEFINITION },
        'ECS DescribeServiceRevisions': { serviceRevisions: [REVISIONS.old] },
      }),
    );

    test('is known by the digest that ECS started, not by a tag', async () => {
      expect(await observeService(ecs(), NAME, 'backend')).toMatchObject({
        steady: true,
        running: { digest: DIGESTS.old, revision: 'backend-production:41' },
      });
    });

    test('is known from an earlier deployment, where the current revision does not say', async () => {
      aws.answer({
        'ECS DescribeServices': { services: [{ ...SERVICE, currentServiceRevisions: [] }] },
        'ECS ListServiceDeployments': {
          serviceDeployments: [{ targetServiceRevisionArn: ARNS.oldRevision }],
        },
      });
      expect(await observeService(ecs(), NAME, 'backend')).toMatchObject({
        running: { digest: DIGESTS.old },
      });
    });

    test.each([
      ['two deployments', { deployments: [...SERVICE.deployments, { status: 'ACTIVE' }] }],
      ['one under way', { deployments: [{ ...SERVICE.deployments[0], rolloutState: 'IN_PROGRESS' }] }],
      ['pending tasks', { pendingCount: 1 }],
      ['no tasks', { desiredCount: 0, runningCount: 0 }],
    ])('is not steady with %s', async (_, more) => {
      aws.answer({ 'ECS DescribeServices': { services: [{ ...SERVICE, ...more }] } });
      expect(await observeService(ecs(), NAME, 'backend')).toMatchObject({ steady: false });
    });
  });

  test('a deployment that is taken back leads to where it goes back to', async () => {
    aws.answer({
      'ECS DescribeServiceDeployments': {
        serviceDeployments: [
          {
            status: 'ROLLBACK_IN_PROGRESS',
            targetServiceRevision: { arn: ARNS.newRevision },
            rollback: { serviceRevisionArn: ARNS.oldRevision },
          },
        ],
      },
      'ECS DescribeServiceRevisions': ({ serviceRevisionArns }) => ({
        serviceRevisions: Object.values(REVISIONS).filter((one) =>
          (serviceRevisionArns as string[]).includes(one.serviceRevisionArn),
        ),
      }),
    });
    expect(await observeDeployment(ecs(), 'arn')).toMatchObject({ taskDefinition: ARNS.old });
  });

  test('our deployment is the newest one to our revision since then', async () => {
    const since = new Date('2026-11-24T09:20:00Z');
    aws.answer({
      'ECS ListServiceDeployments': {
        serviceDeployments: [
          {
            serviceDeploymentArn: 'older',
            targetServiceRevisionArn: ARNS.newRevision,
            createdAt: new Date('2026-11-24T09:20:01Z'),
          },
          {
            serviceDeploymentArn: 'newer',
            targetServiceRevisionArn: ARNS.newRevision,
            createdAt: new Date('2026-11-24T09:25:00Z'),
          },
          {
            serviceDeploymentArn: 'other',
            targetServiceRevisionArn: ARNS.oldRevision,
            createdAt: new Date('2026-11-24T09:26:00Z'),
          },
        ],
      },
      'ECS DescribeServiceRevisions': { serviceRevisions: [REVISIONS.old, REVISIONS.new] },
    });
    expect(await findDeploymentOf(ecs(), NAME, ARNS.new, since)).toBe('newer');
    // Two clocks are never quite the same.
    expect(aws.inputs('ECS ListServiceDeployments')[0]).toMatchObject({
      createdAt: { after: new Date('2026-11-24T09:19:55Z') },
    });
  });
});

describe('logs', () => {
  test('of a stream that is not there are none; colours are left out', async () => {
    aws.answer({ 'CloudWatchLogs GetLogEvents': awsError('ResourceNotFoundException') });
    expect(await lastLines(aws.client(CloudWatchLogsClient), { group: 'g', stream: 's' }, 5)).toEqual([]);
    aws.answer({ 'CloudWatchLogs GetLogEvents': { events: [{ message: '\u001b[31mno\u001b[0m\n' }] } });
    expect(await lastLines(aws.client(CloudWatchLogsClient), { group: 'g', stream: 's' }, 5)).toEqual(['no']);
  });

  test('of a container are where its driver puts them, if it is one that we can read', () => {
    const [container] = DEFINITION.containerDefinitions;
    expect(streamOf(container as never, 'arn:task/production/4b1f')).toEqual({
      group: 'production-backend',
      stream: 'backend/backend/4b1f',
    });
    expect(streamOf({ name: 'x', logConfiguration: { logDriver: 'splunk' } }, 'arn')).toBeUndefined();
  });
});

describe('load balancers', () => {
  const elb = () => aws.client(ElasticLoadBalancingV2Client);
  const balancer = (more: object, ...listeners: object[]) =>
    aws.answer({
      'ElasticLoadBalancingV2 DescribeTargetGroups': { TargetGroups: [{ LoadBalancerArns: ['lb'] }] },
      'ElasticLoadBalancingV2 DescribeLoadBalancers': { LoadBalancers: [{ DNSName: 'lb.example', ...more }] },
      'ElasticLoadBalancingV2 DescribeListeners': { Listeners: listeners },
    });
  const forward = {
    Protocol: 'HTTP',
    Port: 8080,
    DefaultActions: [{ ForwardConfig: { TargetGroups: [{ TargetGroupArn: 'tg' }] } }],
  };

  test('are asked where plain HTTP is forwarded to the targets', async () => {
    balancer({}, { Protocol: 'HTTP', Port: 80, DefaultActions: [{ Type: 'redirect' }] }, forward);
    expect(await publicUrl(elb(), 'tg')).toEqual({ url: 'http://lb.example:8080', closed: null });
  });

  test.each([
    ['internal', { Scheme: 'internal' }, forward],
    ['https-only', {}, { ...forward, Protocol: 'HTTPS' }],
  ])('%s: it is not asked, and the reason is known', async (closed, more, listener) => {
    balancer(more, listener);
    expect(await frontDoor(elb(), null, ['tg'])).toEqual({ url: null, closed });
    expect(await frontDoor(elb(), 'https://shop.example', ['tg'])).toEqual({
      url: 'https://shop.example',
      closed: null,
    });
  });

  test('a service without one is not asked either', async () => {
    expect(await frontDoor(elb(), null, [])).toEqual({ url: null, closed: 'no-load-balancer' });
  });

  test('targets that are instances are no tasks’ addresses', async () => {
    aws.answer({
      'ElasticLoadBalancingV2 DescribeTargetHealth': {
        TargetHealthDescriptions: [{ Target: { Id: 'i-0123' }, TargetHealth: { State: 'healthy' } }],
      },
    });
    expect(await targetsOf(elb(), 'tg')).toBeNull();
  });

  test('a task serves where every group that knows it finds it healthy', () => {
    const target = (address: string, state: string) => ({ address, state, description: null });
    expect(
      mergeTargets([[target('a', 'healthy'), target('b', 'healthy')], [target('a', 'unhealthy')]]),
    ).toEqual([target('a', 'unhealthy'), target('b', 'healthy')]);
  });
});

test('alarms are asked for by name, a hundred at a time, composite ones too', async () => {
  aws.answer({
    'CloudWatch DescribeAlarms': {
      MetricAlarms: [{ AlarmName: 'a' }],
      CompositeAlarms: [{ AlarmName: 'b' }],
    },
  });
  const names = Array.from({ length: 101 }, (_, index) => `alarm-${index}`);
  expect(await alarmsInAlarm(aws.client(CloudWatchClient), names)).toEqual(['a', 'b', 'a', 'b']);
  expect(await alarmsInAlarm(aws.client(CloudWatchClient), [])).toEqual([]);
});

import { gzipSync } from 'node:zlib';
import * as monitoring from '@aws-sdk/client-cloudwatch';
import * as ecs from '@aws-sdk/client-ecs';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as s3 from '@aws-sdk/client-s3';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sns from '@aws-sdk/client-sns';
import { cbor } from '@smithy/core/cbor';
import { RealClock } from '../../../local/clock.ts';
import { type Endpoint, openEndpoint } from '../../../local/endpoint/server.ts';
import {
  AwsError,
  type Operation,
  type Principal,
  type Service,
  type World,
} from '../../../local/service.ts';

let endpoint: Endpoint;
let inputs: unknown[];
let answer: (input: unknown) => unknown;
let denied: string | undefined;
const said: string[] = [];

/** A service of which every named operation keeps its input and answers what the test says. */
function fake(signingName: string, sdk: object, ...names: string[]): [string, Service] {
  const operation = {
    permissions: () => [{ action: `${signingName}:Do`, resource: '*' }],
    run(input: unknown) {
      inputs.push(input);
      return answer(input);
    },
  } as unknown as Operation;
  const operations = Object.fromEntries(names.map((name) => [name, operation]));
  return [signingName, { signingName, sdk: sdk as Service['sdk'], operations }];
}

beforeAll(async () => {
  endpoint = await openEndpoint(0);
  const iam = {
    authorize(principal: Principal) {
      if (denied) throw new AwsError('AccessDeniedException', `${denied} ${principal.arn}`, {}, 403);
    },
    principalOf: () => undefined,
    hasExpired: () => false,
  };
  const world = {
    account: '000000000000',
    region: 'us-east-1',
    clock: new RealClock(),
    ports: { iam },
    say: (line: string) => said.push(line),
  } as unknown as World;
  const services = new Map<string, Service>([
    fake('ecs', ecs, 'RunTask', 'ListTasks', 'DescribeTasks'),
    fake('monitoring', monitoring, 'PutMetricData', 'DescribeAlarms'),
    fake('elasticloadbalancing', elb, 'RegisterTargets', 'DescribeTargetHealth', 'CreateListener'),
    fake('rds', rds, 'DescribeDBInstances'),
    fake('lambda', lambda, 'GetFunction', 'ListFunctions'),
    fake('scheduler', scheduler, 'CreateSchedule', 'GetSchedule', 'ListSchedules'),
    fake('sns', sns, 'Publish'),
    fake('s3', s3, 'PutObject', 'CopyObject', 'UploadPart', 'GetObject', 'ListObjectsV2', 'ListBuckets'),
  ]);
  endpoint.serve(world, services, [
    { prefix: '/v2/', handle: (_request, response) => void response.end('registry') },
    { prefix: '/v2/special/', handle: (_request, response) => void response.end('longer') },
  ]);
});
afterAll(() => endpoint.close());
beforeEach(() => {
  inputs = [];
  answer = () => ({});
  denied = undefined;
});

const settings = () => ({
  endpoint: endpoint.url,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

const signedFor = (service: string, region = 'us-east-1', key = 'local') =>
  `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=x`;

const json = (target: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(endpoint.url, {
    method: 'POST',
    body: body as string,
    headers: {
      authorization: signedFor('ecs'),
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${target}`,
      'content-type': 'application/x-amz-json-1.1',
      ...headers,
    },
  });

describe('JSON', () => {
  test('nested input arrives as the SDK’s shape, and dates and lists come back', async () => {
    const at = new Date('2026-11-24T09:00:00.250Z');
    answer = () => ({
      tasks: [{ taskArn: 'arn', createdAt: at, tags: [{ key: 'a', value: 'ü' }] }],
      failures: [],
    });
    const client = new ecs.ECSClient(settings());
    const input = {
      taskDefinition: 'x:1',
      overrides: { containerOverrides: [{ name: 'app', environment: [{ name: 'A', value: '1' }] }] },
      count: 2,
    };
    const output = await client.send(new ecs.RunTaskCommand(input));
    expect(inputs[0]).toMatchObject(input);
    expect(output.tasks?.[0]).toEqual({ taskArn: 'arn', createdAt: at, tags: [{ key: 'a', value: 'ü' }] });
    expect(output.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a modelled error arrives as its class, with its members and 400', async () => {
    answer = () => {
      throw new AwsError('ClientException', 'no', {});
    };
    const error = await new ecs.ECSClient(settings())
      .send(new ecs.ListTasksCommand({}))
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ecs.ClientException);
    expect(error).toMatchObject({ message: 'no', $metadata: { httpStatusCode: 400 } });
  });

  test('a missing required member has the service’s own error and AWS’s sentence', async () => {
    await expect(
      new ecs.ECSClient(settings()).send(new ecs.RunTaskCommand({} as ecs.RunTaskCommandInput)),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message:
        "1 validation error detected: Value null at 'taskDefinition' failed to satisfy constraint: Member must not be null",
    });
    expect(inputs).toEqual([]);
  });

  test.each([
    ['{"count":"two","taskDefinition":"x"}', 'STRING_VALUE can not be converted to a Number'],
    ['{"taskDefinition":7}', 'NUMBER_VALUE can not be converted to a String'],
    ['{"taskDefinition":"x","tags":{}}', 'Start of structure or map found where not expected.'],
    ['{"taskDefinition":"x","overrides":[]}', 'Start of list found where not expected'],
    ['[]', 'Start of structure or map found where not expected.'],
  ])('%s is refused: %s', async (body, message) => {
    const response = await json('RunTask', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ __type: 'SerializationException', message });
  });

  test('a body that is not JSON is refused', async () => {
    expect(await (await json('RunTask', '{')).json()).toMatchObject({ __type: 'SerializationException' });
  });

  test('an operation that is not emulated is refused by service and name', async () => {
    const response = await json('DeleteCluster', '{"cluster":"x"}');
    expect(await response.json()).toEqual({
      __type: 'LockstepLocalUnsupported',
      message: 'The embedded AWS does not support ecs:DeleteCluster. local/README.md lists what it does.',
    });
  });

  test('an operation that AWS does not have is unknown', async () => {
    expect(await (await json('Nonsense', '{}')).json()).toMatchObject({
      __type: 'UnknownOperationException',
    });
  });

  test('a defect of ours is a 500 that is told, not a crash', async () => {
    answer = () => {
      throw new TypeError('undefined is not a function');
    };
    const response = await json('ListTasks', '{}');
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ __type: 'InternalFailure' });
    expect(said.at(-1)).toContain('TypeError: undefined is not a function');
  });

  test('a gzipped body is read, and one that is too large refused', async () => {
    const zipped = gzipSync('{"taskDefinition":"zipped"}');
    expect((await json('RunTask', zipped, { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(inputs[0]).toEqual({ taskDefinition: 'zipped' });
    const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024, ' '));
    const refused = await json('RunTask', bomb, { 'content-encoding': 'gzip' });
    expect(await refused.json()).toMatchObject({ __type: 'RequestEntityTooLargeException' });
  });
});

describe('CBOR', () => {
  test('CloudWatch may be called as botocore does, and its errors carry the code of the query protocol', async () => {
    const call = (body: object) =>
      fetch(`${endpoint.url}/service/GraniteServiceVersion20100801/operation/PutMetricData`, {
        method: 'POST',
        headers: {
          authorization: signedFor('monitoring'),
          'smithy-protocol': 'rpc-v2-cbor',
          'content-type': 'application/cbor',
        },
        body: cbor.serialize(body) as never,
      });
    const response = await call({ Namespace: 'N', MetricData: [{ MetricName: 'M', Value: 1.5 }] });
    expect(response.headers.get('smithy-protocol')).toBe('rpc-v2-cbor');
    expect(inputs[0]).toMatchObject({ Namespace: 'N', MetricData: [{ MetricName: 'M', Value: 1.5 }] });
    answer = () => {
      throw new AwsError('InvalidParameterValueException', 'no');
    };
    const refused = await call({ Namespace: 'N' });
    expect(refused.status).toBe(400);
    expect(refused.headers.get('x-amzn-query-error')).toBe('InvalidParameterValue;Sender');
    const body = cbor.deserialize(new Uint8Array(await refused.arrayBuffer())) as object;
    expect(body).toMatchObject({
      __type: 'com.amazonaws.cloudwatch#InvalidParameterValueException',
      message: 'no',
    });
  });
});

describe('query', () => {
  test('lists, structures, maps and blobs of a form arrive as the SDK’s shape', async () => {
    const client = new elb.ElasticLoadBalancingV2Client(settings());
    const listener = {
      LoadBalancerArn: 'arn',
      Port: 80,
      DefaultActions: [
        {
          Type: 'forward' as const,
          ForwardConfig: {
            TargetGroups: [{ TargetGroupArn: 'a', Weight: 1 }],
            TargetGroupStickinessConfig: { Enabled: false },
          },
        },
      ],
    };
    answer = () => ({ Listeners: [{ ListenerArn: 'l' }] });
    await client.send(new elb.CreateListenerCommand(listener));
    expect(inputs[0]).toEqual(listener);
    const message = {
      TopicArn: 'arn',
      Message: 'a & b = c',
      MessageAttributes: {
        one: { DataType: 'String', StringValue: 'x' },
        two: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
      },
    };
    await new sns.SNSClient(settings()).send(new sns.PublishCommand(message));
    expect(inputs[1]).toEqual(message);
  });

  test('answers are XML with escaped text, dates, lists and empty lists', async () => {
    const at = new Date('2026-11-24T09:00:00.123Z');
    const instance = {
      DBInstanceIdentifier: 'a<b>&"c"',
      InstanceCreateTime: at,
      AllocatedStorage: 20,
      MultiAZ: false,
      Endpoint: { Address: '127.0.0.1', Port: 5432 },
      TagList: [{ Key: 'k', Value: '' }],
      DBParameterGroups: [],
    };
    answer = () => ({ DBInstances: [instance] });
    const output = await new rds.RDSClient(settings()).send(new rds.DescribeDBInstancesCommand({}));
    expect(output.DBInstances?.[0]).toEqual(instance);
  });

  test('an error has the code of the query protocol and its own status', async () => {
    answer = () => {
      throw new AwsError('DBInstanceNotFoundFault', 'DBInstance none not found.');
    };
    const error = await new rds.RDSClient(settings())
      .send(new rds.DescribeDBInstancesCommand({}))
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(rds.DBInstanceNotFoundFault);
    expect(error).toMatchObject({ Code: 'DBInstanceNotFound', $metadata: { httpStatusCode: 404 } });
  });

  test('a member of the wrong type is named by its path', async () => {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: {
        authorization: signedFor('elasticloadbalancing'),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'Action=RegisterTargets&TargetGroupArn=a&Targets.member.1.Id=x&Targets.member.1.Port=many',
    });
    expect(await response.text()).toContain('Targets.1.Port is no number: many');
  });
});

describe('REST', () => {
  test('path, query and body of restJson1 arrive together', async () => {
    const client = new scheduler.SchedulerClient(settings());
    const schedule = {
      Name: 'a b/c',
      GroupName: 'default',
      ScheduleExpression: 'rate(1 hour)',
      StartDate: new Date('2026-11-24T09:00:00Z'),
      FlexibleTimeWindow: { Mode: 'OFF' as const },
      Target: { Arn: 'arn', RoleArn: 'role' },
      ClientToken: 't',
    };
    answer = () => ({ ScheduleArn: 'arn' });
    const output = await client.send(new scheduler.CreateScheduleCommand(schedule));
    expect(inputs[0]).toEqual(schedule);
    expect(output.ScheduleArn).toBe('arn');
    await client.send(new scheduler.GetScheduleCommand({ Name: 'n', GroupName: 'g' }));
    expect(inputs[1]).toEqual({ Name: 'n', GroupName: 'g' });
    await client.send(new scheduler.ListSchedulesCommand({ MaxResults: 5, State: 'ENABLED' }));
    expect(inputs[2]).toEqual({ MaxResults: 5, State: 'ENABLED' });
  });

  test('an error of restJson1 carries its type and status', async () => {
    answer = () => {
      throw new AwsError('ResourceNotFoundException', 'Function not found: x', { Type: 'User' });
    };
    const error = await new lambda.LambdaClient(settings())
      .send(new lambda.GetFunctionCommand({ FunctionName: 'x' }))
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(lambda.ResourceNotFoundException);
    expect(error).toMatchObject({ Type: 'User', $metadata: { httpStatusCode: 404 } });
  });

  test('operations of S3 that share method and path are told apart by what they require', async () => {
    const seen: string[] = [];
    answer = () => {
      seen.push(
        Object.keys(inputs.at(-1) as object)
          .sort()
          .join(),
      );
      return { CopyObjectResult: { ETag: 'x' } };
    };
    const client = new s3.S3Client(settings());
    const there = { Bucket: 'b', Key: 'k/l' };
    await client.send(new s3.CopyObjectCommand({ ...there, CopySource: 'b/x' }));
    await client.send(new s3.UploadPartCommand({ ...there, PartNumber: 1, UploadId: 'u', Body: 'x' }));
    await client.send(new s3.ListBucketsCommand({}));
    expect(seen).toEqual([
      'Bucket,CopySource,Key',
      expect.stringMatching(/^Body,Bucket,Checksum.*,Key,PartNumber,UploadId$/),
      '',
    ]);
  });

  test('an operation of S3 that is not emulated is not taken for another one', async () => {
    const client = new s3.S3Client(settings());
    await expect(client.send(new s3.GetObjectAclCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({
      name: 'LockstepLocalUnsupported',
      message: expect.stringContaining('s3:GetObjectAcl'),
    });
  });
});

describe('who may', () => {
  test('a refusal has the name and the status of the protocol', async () => {
    denied = 'not you,';
    await expect(new ecs.ECSClient(settings()).send(new ecs.ListTasksCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'not you, arn:aws:iam::000000000000:root',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(
      new rds.RDSClient(settings()).send(new rds.DescribeDBInstancesCommand({})),
    ).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    const functions = new lambda.LambdaClient(settings());
    await expect(functions.send(new lambda.ListFunctionsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('an unsigned request and an unknown session key are refused', async () => {
    const unsigned = await json('ListTasks', '{}', { authorization: '' });
    expect(await unsigned.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    const unknown = await json('ListTasks', '{}', {
      authorization: signedFor('ecs', 'us-east-1', 'ASIANOBODY'),
      'x-amz-security-token': 'x',
    });
    expect(await unknown.json()).toEqual({
      __type: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    });
  });

  test('another region is another AWS', async () => {
    const response = await json('ListTasks', '{}', { authorization: signedFor('ecs', 'eu-west-1') });
    expect(await response.json()).toMatchObject({ __type: 'InvalidSignatureException' });
  });

  test('a service that is not emulated is refused by name', async () => {
    const response = await json('X', '{}', {
      authorization: signedFor('ec2'),
      'x-amz-target': 'AmazonEC2.DescribeVpcs',
    });
    expect(await response.json()).toMatchObject({
      message: expect.stringContaining('does not support ec2:'),
    });
  });

  test.each([
    ['a page of another origin', { 'sec-fetch-site': 'cross-site' }],
    ['a form of another origin', { origin: 'http://example.com' }],
  ])('%s may not call', async (_who, headers) => {
    expect((await json('ListTasks', '{}', headers)).status).toBe(403);
    expect(inputs).toEqual([]);
  });
});

describe('paths beside the protocols', () => {
  test('a route takes every path below its prefix, the longest first', async () => {
    expect(await (await fetch(`${endpoint.url}/v2/`)).text()).toBe('registry');
    expect(await (await fetch(`${endpoint.url}/v2/special/x`)).text()).toBe('longer');
  });
});

test('a port in use is refused in one sentence', async () => {
  await expect(openEndpoint(endpoint.port)).rejects.toMatchObject({
    message: `Port ${endpoint.port} of 127.0.0.1 is in use. Choose another with --port, or end what listens there.`,
    code: 'EADDRINUSE',
  });
});

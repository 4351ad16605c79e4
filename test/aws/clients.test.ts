import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { connect } from '../../aws/clients.ts';
import { within } from '../../aws/deadline.ts';

let server: Server;
let endpoint: string;
let agents: string[];
let answer: { status: number; body: object } | 'never';
beforeAll(async () => {
  server = createServer((request, response) => {
    agents.push(String(request.headers['user-agent']));
    if (answer === 'never') return;
    response
      .writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1', connection: 'close' })
      .end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  agents = [];
});

const client = () =>
  connect(ECSClient, {
    endpoint,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });

test('a client says who calls', async () => {
  answer = { status: 200, body: { clusterArns: [] } };
  await client().send(new ListClustersCommand({}));
  expect(agents[0]).toContain('lockstep/');
});

test('its errors come out under the names of the table', async () => {
  answer = {
    status: 400,
    body: { __type: 'AccessDeniedException', message: 'is not authorized to perform: ecs:ListClusters' },
  };
  await expect(client().send(new ListClustersCommand({}))).rejects.toMatchObject({
    name: 'PermissionMissing',
    message: 'is not authorized to perform: ecs:ListClusters',
  });
});

test('its calls end with the work that they belong to', async () => {
  answer = 'never';
  const controller = new AbortController();
  const work = within(controller.signal, () => client().send(new ListClustersCommand({})));
  controller.abort();
  await expect(work).rejects.toMatchObject({ name: 'AbortError' });
});

test('the region and the endpoint are the SDK’s own business', async () => {
  const before = { ...process.env };
  Object.assign(process.env, { AWS_REGION: 'eu-north-1', AWS_ENDPOINT_URL: endpoint });
  try {
    const plain = connect(ECSClient);
    expect(await plain.config.region()).toBe('eu-north-1');
  } finally {
    for (const name of ['AWS_REGION', 'AWS_ENDPOINT_URL']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});

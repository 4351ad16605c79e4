import http, { type RequestListener, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { TargetsPort } from '../../../local/ports.ts';
import type { Service } from '../../../local/service.ts';
import { create } from '../../../local/services/elasticloadbalancing/service.ts';
import { call, type FakeWorld, fakeWorld, provision, until } from '../ecs/world.ts';

let world: FakeWorld;
let service: Service;
let targets: TargetsPort;
let group: string;
let port: number;
const servers: Server[] = [];

beforeEach(async () => {
  world = fakeWorld();
  await begin();
});

afterEach(async () => {
  await service.stop?.();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  world.dispose();
});

async function begin() {
  const made = create(world);
  service = made.service;
  targets = made.ports?.targets as TargetsPort;
  world.ports.targets = targets;
  const balancer = await provision(service, 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'Balancer', {
    LoadBalancerAttributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '1' }],
  });
  group = (
    await provision(service, 'AWS::ElasticLoadBalancingV2::TargetGroup', 'Group', {
      Port: 4000,
      Protocol: 'HTTP',
      TargetType: 'ip',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      TargetGroupAttributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '1' }],
    })
  ).ref;
  const listener = await provision(service, 'AWS::ElasticLoadBalancingV2::Listener', 'Listener', {
    LoadBalancerArn: balancer.ref,
    Port: 80,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
  });
  const { Listeners } = await call<{ Listeners: { Port: number }[] }>(service, 'DescribeListeners', {
    ListenerArns: [listener.ref],
  });
  port = Listeners[0]?.Port as number;
  await service.start?.();
}

/** A backend that is healthy and handles everything else with `handle`. */
async function backend(handle: RequestListener, options: http.ServerOptions = {}): Promise<number> {
  const server = http.createServer(options, (request, response) => {
    if (request.url === '/health') response.end('ok');
    else handle(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function healthy(...ports: number[]) {
  for (const one of ports) targets.register(group, { id: '127.0.0.1', port: one });
  await until(() =>
    ports.every((one) => targets.health(group, { id: '127.0.0.1', port: one }).state === 'healthy'),
  );
}

const url = (path = '/') => `http://127.0.0.1:${port}${path}`;

test('requests go to the healthy targets in turn, with the client and the way it came in the headers', async () => {
  const seen: http.IncomingHttpHeaders[] = [];
  const one = await backend((request, response) => {
    seen.push(request.headers);
    response.end('one');
  });
  const two = await backend((_, response) => response.end('two'));
  await healthy(one, two);
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await (await fetch(url())).text());
  expect(answers.sort()).toEqual(['one', 'one', 'two', 'two']);
  expect(seen[0]).toMatchObject({
    host: `127.0.0.1:${port}`,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(port),
  });
  expect(seen[0]?.['x-amzn-trace-id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
});

test('without a healthy target the answer is a load balancer’s 503', async () => {
  const answer = await fetch(url());
  expect(answer.status).toBe(503);
  expect(answer.headers.get('server')).toBe('awselb/2.0');
  expect(await answer.text()).toContain('503 Service Temporarily Unavailable');
});

test('a target whose health check answers 503 gets no request', async () => {
  const sick = http.createServer((_, response) => response.writeHead(503).end());
  servers.push(sick);
  await new Promise<void>((resolve) => sick.listen(0, '127.0.0.1', resolve));
  targets.register(group, { id: '127.0.0.1', port: (sick.address() as AddressInfo).port });
  const well = await backend((_, response) => response.end('well'));
  await healthy(well);
  for (let i = 0; i < 4; i++) expect(await (await fetch(url())).text()).toBe('well');
});

test('a refused connection costs nothing while another target is healthy', async () => {
  const gone = await backend((_, response) => response.end('gone'));
  const there = await backend((_, response) => response.end('there'));
  await healthy(gone, there);
  servers[0]?.closeAllConnections();
  await new Promise((resolve) => servers[0]?.close(resolve));
  for (let i = 0; i < 6; i++) {
    const answer = await fetch(url(), { method: 'POST', body: 'x'.repeat(100_000) });
    expect([answer.status, await answer.text()]).toEqual([200, 'there']);
  }
});

test('a target that closes idle connections early loses no request', async () => {
  const one = await backend((request, response) => request.resume().on('end', () => response.end('fine')), {
    keepAliveTimeout: 1,
  });
  await healthy(one);
  const statuses = new Set<number>();
  for (let i = 0; i < 60; i++) {
    const answer = await fetch(url(), i % 3 ? {} : { method: 'POST', body: 'body' });
    statuses.add(answer.status);
    await answer.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, i % 4));
  }
  expect([...statuses]).toEqual([200]);
});

test('a target that breaks off is a 502, one that stays silent a 504', async () => {
  const rude = await backend((request, response) => {
    if (request.url === '/break') response.destroy();
  });
  await healthy(rude);
  expect((await fetch(url('/break'))).status).toBe(502);
  expect((await fetch(url('/silent'))).status).toBe(504);
});

test('bodies stream both ways, and the head of an event stream arrives before its first event', async () => {
  let say: (text: string) => void = () => {};
  const one = await backend((request, response) => {
    if (request.method === 'POST') {
      request.pipe(response);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    say = (text) => response.end(text);
  });
  await healthy(one);
  const events = await fetch(url('/events'));
  expect(events.headers.get('content-type')).toBe('text/event-stream');
  say('data: 1\n\n');
  expect(await events.text()).toBe('data: 1\n\n');
  const big = 'y'.repeat(3_000_000);
  expect(await (await fetch(url('/echo'), { method: 'POST', body: big })).text()).toBe(big);
});

test('an upgraded connection is joined to the target', async () => {
  const one = await backend((_, response) => response.end());
  servers.at(-1)?.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: Upgrade\r\n\r\n');
    socket.pipe(socket);
  });
  await healthy(one);
  const socket = net.connect(port, '127.0.0.1');
  socket.write('GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n');
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  await until(() => text.includes('101 Switching'));
  socket.write('hello');
  await until(() => text.endsWith('hello'));
  socket.destroy();
});

test('a draining target finishes what it has begun and gets nothing new', async () => {
  let finish: (() => void) | undefined;
  const old = await backend((request, response) => {
    if (request.url !== '/slow') return void response.end('old');
    finish = () => response.end('slow but whole');
  });
  await healthy(old);
  const slow = fetch(url('/slow'));
  await until(() => finish);
  const fresh = await backend((_, response) => response.end('new'));
  await healthy(fresh);
  let left = false;
  const leaving = targets.deregister(group, { id: '127.0.0.1', port: old }).then(() => {
    left = true;
  });
  expect(targets.health(group, { id: '127.0.0.1', port: old })).toMatchObject({
    state: 'draining',
    reason: 'Target.DeregistrationInProgress',
  });
  for (let i = 0; i < 3; i++) expect(await (await fetch(url())).text()).toBe('new');
  expect(left).toBe(false);
  finish?.();
  expect(await (await slow).text()).toBe('slow but whole');
  await leaving;
  expect(targets.health(group, { id: '127.0.0.1', port: old }).reason).toBe('Target.NotRegistered');
});

test('the deregistration delay ends what does not end by itself', async () => {
  const old = await backend((request, response) => {
    if (request.url === '/drip') {
      const timer = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(timer));
    }
  });
  await healthy(old);
  const answer = await fetch(url('/drip'));
  await targets.deregister(group, { id: '127.0.0.1', port: old });
  await expect(answer.text()).rejects.toThrow();
});

test('what it counts has the names and dimensions that CloudWatch knows', async () => {
  const one = await backend((request, response) =>
    response.writeHead(request.url === '/bad' ? 500 : 200).end(),
  );
  await healthy(one);
  await fetch(url('/good'));
  await fetch(url('/bad'));
  await until(() => world.data.some((datum) => datum.name === 'HTTPCode_Target_5XX_Count'));
  const named = (name: string) => world.data.filter((datum) => datum.name === name);
  const { LoadBalancers } = await call<{ LoadBalancers: { LoadBalancerArn: string }[] }>(
    service,
    'DescribeLoadBalancers',
    {},
  );
  const balancer = String(LoadBalancers[0]?.LoadBalancerArn.split('loadbalancer/')[1]);
  const targetGroup = group.split(':').at(-1) as string;
  expect(named('RequestCount').map((datum) => datum.dimensions)).toContainEqual({ LoadBalancer: balancer });
  expect(named('HTTPCode_Target_2XX_Count').map((datum) => datum.dimensions)).toContainEqual({
    LoadBalancer: balancer,
    TargetGroup: targetGroup,
  });
  expect(named('TargetResponseTime')[0]).toMatchObject({ unit: 'Seconds', namespace: 'AWS/ApplicationELB' });
  expect(named('HealthyHostCount').at(-1)?.value).toBe(1);
});

test('the front door keeps its port over a restart', async () => {
  const before = port;
  await service.stop?.();
  await begin();
  expect(port).toBe(before);
});

test('20 clients that do not read hold nobody up', async () => {
  const big = Buffer.alloc(4_000_000, 'z');
  const one = await backend((request, response) => response.end(request.url === '/big' ? big : 'quick'));
  await healthy(one);
  const slow = Array.from({ length: 20 }, () => {
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET /big HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.pause();
    socket.on('error', () => {});
    return socket;
  });
  expect(await (await fetch(url())).text()).toBe('quick');
  for (const socket of slow) {
    expect(socket.bytesRead).toBeLessThan(big.length);
    socket.destroy();
  }
});

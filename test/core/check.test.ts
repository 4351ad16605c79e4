import { expect, test } from '@jest/globals';
import { type Checked, judgeCheck } from '../../core/check.ts';

const well: Checked = {
  service: 'backend',
  environment: 'production',
  cluster: 'production',
  running: {
    taskDefinition: 'arn:aws:ecs:eu-central-1:000000000000:task-definition/backend-production:42',
    revision: 'backend-production:42',
    image: 'backend@sha256:1',
    digest: null,
    commit: 'a1b2c3d',
    committedAt: null,
  },
  tag: 'latest',
  since: null,
  counts: { desired: 2, running: 2, pending: 0 },
  notAsked: null,
  scaling: null,
  tasks: [],
  targets: [
    { address: '10.0.0.1', state: 'healthy', description: null },
    { address: '10.0.0.2', state: 'draining', description: null },
  ],
  healthAnswer: {
    path: '/api/health',
    status: 200,
    body: '{"status":"healthy"}',
    problem: null,
    milliseconds: 4,
  },
  statusAnswer: null,
  database: {
    reachable: true,
    problem: null,
    connections: { now: 14, most: 87 },
    oldestTransaction: 0.2,
    failedMigrations: [],
    scanned: [],
    slowest: null,
  },
  cpu: 18,
  memory: 71,
  size: { cpu: 512, memory: 1024 },
  latency: null,
  errorPercent: null,
  alarms: [],
  recognised: null,
  replaced: null,
  rollout: null,
  last: [],
};

test('a service of which nothing is wrong is healthy', () => {
  expect(judgeCheck(well)).toEqual({ status: 'healthy', problems: [] });
});

const answer = { path: '/api/health', problem: null, milliseconds: 4 };
test.each<[string, Partial<Checked>, 'degraded' | 'down', RegExp]>([
  [
    'no release',
    { running: null, counts: { desired: 2, running: 0, pending: 0 } },
    'down',
    /Nothing has been released/,
  ],
  ['no task', { counts: { desired: 2, running: 0, pending: 1 } }, 'down', /0 of 2 tasks run/],
  ['a count of 0', { counts: { desired: 0, running: 0, pending: 0 } }, 'down', /desired count is 0/],
  ['a task less', { counts: { desired: 2, running: 1, pending: 1 } }, 'degraded', /Only 1 of 2/],
  [
    'no healthy target',
    { targets: [{ address: '10.0.0.1', state: 'unhealthy', description: 'timed out' }] },
    'down',
    /no healthy target/,
  ],
  [
    'an unhealthy body',
    { healthAnswer: { ...answer, status: 200, body: '{"status":"unhealthy"}' } },
    'down',
    /GET \/api\/health → 200/,
  ],
  ['a 503', { healthAnswer: { ...answer, status: 503, body: 'no' } }, 'down', /→ 503 no/],
  [
    'a page of the load balancer',
    {
      healthAnswer: {
        ...answer,
        status: 503,
        body: '<html><head><title>503 Service Temporarily Unavailable</title></head><body><h1>503 Service …</h1></body></html>',
      },
    },
    'down',
    /→ 503 Service Temporarily Unavailable$/,
  ],
  [
    'no answer',
    { healthAnswer: { ...answer, status: null, body: '', problem: 'ECONNREFUSED' } },
    'down',
    /no answer \(ECONNREFUSED\)/,
  ],
  [
    'a failed migration',
    { database: { ...well.database, failedMigrations: ['20261101_orders'] } },
    'degraded',
    /20261101_orders failed.*P3009/,
  ],
  [
    'a full pool',
    { database: { ...well.database, connections: { now: 80, most: 87 } } },
    'degraded',
    /80 of 87 connections/,
  ],
  [
    'an old transaction',
    { database: { ...well.database, oldestTransaction: 900 } },
    'degraded',
    /open for 15 minutes/,
  ],
  ['slow answers', { latency: { p50: 200, p95: 1900, p99: 3000 } }, 'degraded', /p95 is 1900 ms/],
  ['an alarm', { alarms: ['production-5xx'] }, 'degraded', /production-5xx is in ALARM/],
])('%s is told', (_, part, status, sentence) => {
  const result = judgeCheck({ ...well, ...part });
  expect(result.status).toBe(status);
  expect(result.problems.map((problem) => problem.sentence).join('\n')).toMatch(sentence);
});

test.each([
  [{ cpu: 512, memory: 1024 }, '{"cpu": 512, "memory": 2048}'],
  [{ cpu: 256, memory: 2048 }, '{"cpu": 512, "memory": 3072}'],
])('short memory of %j names the line that gives more', (size, line) => {
  const [problem] = judgeCheck({ ...well, memory: 93, size }).problems;
  expect(problem?.remedy).toBe(`Set "resources": ${line} in environments/production.json, and deploy.`);
});

/** Pages for people, as they are printed: black and white, at 80 and at 40 columns. */
import { expect, test } from '@jest/globals';
import { help } from '../../cli/command.ts';
import { check } from '../../cli/commands/check.ts';
import { checkLines } from '../../cli/render/check.ts';
import { LogPrinter } from '../../cli/render/log.ts';
import { metricLines } from '../../cli/render/metrics.ts';
import { type Checked, judgeCheck } from '../../core/check.ts';
import { notAsked } from '../../core/front-door.ts';

const screen = (columns: number) => {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  return { write, isTerminal: true, columns, colour: false, written };
};
const now = Date.parse('2026-11-24T12:00:00Z');

const seen: Checked = {
  service: 'backend',
  environment: 'production',
  cluster: 'production',
  running: {
    taskDefinition: 'arn:aws:ecs:eu-central-1:000000000000:task-definition/backend-production:42',
    revision: 'backend-production:42',
    image: 'backend@sha256:1',
    digest: null,
    commit: 'a1b2c3d4e5',
    committedAt: null,
  },
  tag: 'latest',
  since: '2026-11-21T11:00:00Z',
  counts: { desired: 2, running: 1, pending: 1 },
  notAsked: null,
  scaling: { least: 2, most: 10 },
  tasks: [
    {
      id: '4b1f9c2ead',
      revision: 'backend-production:42',
      lastStatus: 'RUNNING',
      health: 'HEALTHY',
      startedAt: '2026-11-24T11:55:00Z',
    },
  ],
  targets: [{ address: '10.0.0.1', state: 'healthy', description: null }],
  healthAnswer: {
    path: '/api/health',
    status: 200,
    body: '{"status":"healthy"}',
    problem: null,
    milliseconds: 4,
  },
  statusAnswer: { path: '/api/status', status: 200, body: '', problem: null, milliseconds: 9 },
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
  latency: { p50: 9, p95: 41, p99: 120 },
  errorPercent: 0.02,
  alarms: [],
  recognised: null,
  replaced: null,
  rollout: null,
  last: [{ id: '7k2f', commit: 'a1b2c3d4e5', verdict: 'succeeded', at: '2026-11-21T11:00:00Z' }],
};

test('a check says at 80 columns what is wrong and what to do', () => {
  expect(checkLines(seen, judgeCheck(seen), screen(80), now).join('\n')).toBe(`\
backend in production   degraded
  a1b2c3d (latest)  backend-production:42  3 days
  tasks      1 of 2 running, 1 pending   desired by autoscaling 2..10
             4b1f9c2e  RUNNING  HEALTHY  backend-production:42  5 min
  targets    1 healthy   GET /api/health 200 in 4 ms   GET /api/status 200 in 9
             ms (database reachable)
  database   14 of 87 connections, no failed migration, oldest transaction 0.2 s
  load       cpu 18 %   memory 71 % of 1024 MiB   p50 9 ms  p95 41 ms  p99 120
             ms   errors 0.02 %
  last       a1b2c3d succeeded 3 days ago
  ! Only 1 of 2 tasks run.
    do: \`lockstep watch logs --service backend --environment production --since
        10m\` shows why.`);
});

test('a check says what was done outside of Lockstep, and what ECS is bringing', () => {
  const other: Checked = {
    ...seen,
    replaced: { revision: 'backend-production:43', commit: 'ffffffffff' },
    rollout: { revision: 'backend-production:42', running: 1, desired: 2 },
  };
  expect(checkLines(other, judgeCheck(other), screen(80), now).slice(2, 5).join('\n')).toBe(
    `\
  note       backend-production:42 was not brought by Lockstep, whose last
             release here was fffffff (backend-production:43); \`lockstep
             history\` shows when
`.trimEnd(),
  );
  expect(checkLines(other, judgeCheck(other), screen(200), now)[2]).toBe(
    '  rollout    ECS is bringing backend-production:42: 1 of 2 run',
  );
});

test('a check says why the health endpoint is not asked, and what to write', () => {
  const page = {
    ...seen,
    healthAnswer: null,
    statusAnswer: null,
    notAsked: notAsked('internal', '/api/health'),
  };
  expect(checkLines(page, judgeCheck(page), screen(200), now).join('\n')).toContain(
    '\n  health     GET /api/health is not asked: its load balancer is internal',
  );
});

test('everything fits 40 columns', () => {
  const lines = checkLines(seen, judgeCheck(seen), screen(40), now);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
  for (const line of help(check, 40)
    .split('\n')
    .filter((one) => !one.startsWith('  lockstep')))
    expect(line.length).toBeLessThanOrEqual(40);
});

test('metrics stand on one axis with the deployments below them', () => {
  const axis = { from: now - 600_000, periodSeconds: 60, periods: 10 };
  const series = [
    {
      id: 'requests',
      label: 'requests',
      unit: 'per second' as const,
      values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 4],
    },
    {
      id: 'p95',
      label: 'latency p95',
      unit: 'milliseconds' as const,
      values: [null, null, 41, 43, 40, 300, 41, 40, 42, 41],
    },
  ];
  const marks = [{ at: now - 300_000, name: 'a1b2c3d', verdict: 'succeeded' as const }];
  const page = { service: 'backend', environment: 'production', axis, series, marks };
  expect(metricLines(page, screen(80)).join('\n')).toBe(`\
backend in production
requests     ▁▂▃▄▅▅▆▇█▅        4 /s  max 8 /s
latency p95    ▂▂▂█▂▂▂▂       41 ms  max 300 ms
             11:50
deployments       ^
             11:55  a1b2c3d  succeeded`);
});

test('a log line shows its time, its task and what JSON says', () => {
  const out = screen(80);
  const line = {
    stream: 'backend/backend/4b1f9c2e',
    at: now,
    message: '{"level":"info","message":"up","port":4000}',
  };
  new LogPrinter(out, 'text').print([line]);
  new LogPrinter(out, 'raw').print([line]);
  expect(out.written).toEqual(['12:00:00.000 4b1f  info  up  port=4000\n', `${line.message}\n`]);
});

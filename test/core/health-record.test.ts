/** What is kept of the looks at a release: bounded, and true to what ECS and the load balancer said. */
import { recordLook, type TaskLook } from '../../core/health-record.ts';
import type { Observation } from '../../core/observation.ts';

const seen = (status: number | null): Observation => ({
  elapsed: 0,
  taskDefinition: 'backend:42',
  deployment: null,
  currentDeployment: null,
  desired: 2,
  tasks: [],
  targets: null,
  health: { path: '/api/health', status, body: '', problem: null, milliseconds: 3.4 },
  status: null,
  closed: null,
  alarms: [],
});
const look = (more: Partial<TaskLook> = {}): TaskLook => ({
  id: '4b1f',
  revision: 'backend:42',
  created: '2026-11-24T13:00:00Z',
  started: null,
  leaving: null,
  stopped: null,
  reason: null,
  check: null,
  target: null,
  balanced: true,
  ...more,
});
const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 13, 0, second)).toISOString();

test('a task’s life is told from pending to its end, each time as first seen', () => {
  const started = { started: at(10) };
  const looks = [
    look(),
    look({ ...started, target: 'initial' }),
    look({ ...started, target: 'healthy' }),
    look({ ...started, target: 'unhealthy' }),
    look({ ...started, target: 'draining', leaving: at(52) }),
    look({ ...started, stopped: at(60), leaving: at(52), reason: 'Task failed ELB health checks' }),
  ];
  let record: Parameters<typeof recordLook>[0] = {};
  for (const [index, one] of looks.entries())
    record = recordLook(record, seen(200), [one], '', at(index * 10));
  expect(record.tasks).toEqual([
    {
      id: '4b1f',
      revision: 'backend:42',
      created: '2026-11-24T13:00:00Z',
      started: at(10),
      healthy: at(20),
      failing: at(30),
      leaving: at(52),
      stopped: at(60),
      reason: 'Task failed ELB health checks',
    },
  ]);
});

test('a task that served before the first look has been well since it started', () => {
  const { tasks } = recordLook({}, seen(200), [look({ started: at(1), target: 'healthy' })], '', at(50));
  expect(tasks[0]?.healthy).toBe(at(1));
});

test('without a load balancer a task is well once it runs and its check does not fail', () => {
  const plain = look({ started: at(1), balanced: false });
  expect(recordLook({}, seen(200), [plain], '', at(5)).tasks[0]?.healthy).toBe(at(1));
  const ill = recordLook({}, seen(200), [{ ...plain, check: 'unhealthy' }], '', at(5)).tasks[0];
  expect(ill).toMatchObject({ failing: at(5) });
  expect(ill?.healthy).toBeUndefined();
});

test('a thousand looks are kept as ninety, and every change among them', () => {
  let record: Parameters<typeof recordLook>[0] = {};
  for (let index = 0; index < 1000; index++)
    record = recordLook(record, seen(index === 500 ? 503 : 200), [], 'x'.repeat(1000), at(index));
  expect(record.samples).toHaveLength(90);
  expect(record.samples?.[0]?.at).toBe(at(0));
  expect(record.samples?.some(({ health }) => health?.status === 503)).toBe(true);
  expect(JSON.stringify(record).length).toBeLessThan(40_000);
});

test('of many tasks the newest forty are kept', () => {
  const many = Array.from({ length: 100 }, (_, index) => look({ id: `t${index}`, created: at(index) }));
  const { tasks } = recordLook({}, seen(200), many, '', at(200));
  expect(tasks).toHaveLength(40);
  expect(tasks.at(-1)?.id).toBe('t99');
});

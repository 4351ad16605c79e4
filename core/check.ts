/** Whether a service is healthy, from one look at everything that says so. Pure: the command does the looking. */

import type { Checked } from './checked.ts';
import { FARGATE_SIZES } from './fargate.ts';
import type { Answer } from './observation.ts';
import { slowSentences } from './slow.ts';

export type { Checked, CheckedDatabase, CheckedTask } from './checked.ts';

export const CHECK_EXITS = { healthy: 0, degraded: 20, down: 21 } as const;
export type CheckStatus = keyof typeof CHECK_EXITS;

export interface CheckProblem {
  readonly weight: 'degraded' | 'down';
  readonly sentence: string;
  readonly remedy: string;
}

export interface CheckResult {
  readonly status: CheckStatus;
  readonly problems: readonly CheckProblem[];
}

/** From here on memory is short: a peak of the next minutes kills the task (exit code 137). */
const MEMORY_SHORT = 80;
const CPU_SHORT = 90;
/** Milliseconds: people notice. */
const SLOW = 1000;
const CONNECTIONS_SHORT = 0.8;
/** A transaction this old keeps locks and dead rows; a migration that needs its table waits for it. */
const TRANSACTION_OLD_SECONDS = 300;

export function judgeCheck(seen: Checked): CheckResult {
  const { recognised } = seen;
  const problems = [
    ...serving(seen),
    ...answering(seen),
    ...(recognised ? [bad('degraded', recognised.sentence, recognised.remedy)] : []),
    ...database(seen),
    ...resources(seen),
  ];
  const status = problems.some(({ weight }) => weight === 'down')
    ? 'down'
    : problems.length > 0
      ? 'degraded'
      : 'healthy';
  return { status, problems };
}

const bad = (weight: CheckProblem['weight'], sentence: string, remedy: string): CheckProblem => ({
  weight,
  sentence,
  remedy,
});

function serving({ service, environment, running, counts, targets, tasks }: Checked): CheckProblem[] {
  const logs = `lockstep watch logs --service ${service} --environment ${environment} --since 10m`;
  if (!running && counts.running === 0) {
    return [
      bad(
        'down',
        'Nothing has been released yet.',
        `\`lockstep deploy --service ${service} --environment ${environment}\` makes the first release.`,
      ),
    ];
  }
  if (counts.desired === 0)
    return [
      bad(
        'down',
        'The desired count is 0: nothing runs, and nothing is meant to.',
        'Raise "minTasks", or set the service’s desired count.',
      ),
    ];
  const problems: CheckProblem[] = [];
  if (counts.running === 0)
    problems.push(bad('down', `0 of ${counts.desired} tasks run.`, `\`${logs}\` shows why they end.`));
  else if (counts.running < counts.desired)
    problems.push(
      bad('degraded', `Only ${counts.running} of ${counts.desired} tasks run.`, `\`${logs}\` shows why.`),
    );
  const ill = tasks.filter(({ health }) => health === 'UNHEALTHY').map(({ id }) => id.slice(0, 8));
  if (ill.length > 0)
    problems.push(
      bad(
        'degraded',
        `The container check of ${ill.join(', ')} fails.`,
        `\`lockstep watch logs --service ${service} --task ${ill[0]}\` shows what it says.`,
      ),
    );
  const active = targets?.filter(({ state }) => state !== 'draining');
  const healthy = active?.filter(({ state }) => state === 'healthy').length ?? 0;
  const first = active?.find(({ state }) => state === 'unhealthy');
  if (active && healthy === 0)
    problems.push(
      bad('down', 'The load balancer has no healthy target.', first?.description ?? `\`${logs}\` shows why.`),
    );
  else if (first)
    problems.push(
      bad(
        'degraded',
        `The load balancer finds ${first.address} unhealthy.`,
        first.description ?? `\`${logs}\` shows why.`,
      ),
    );
  return problems;
}

function answering({
  service,
  environment,
  healthAnswer: health,
  statusAnswer: status,
}: Checked): CheckProblem[] {
  const problems: CheckProblem[] = [];
  if (health && !isWell(health))
    problems.push(
      bad(
        'down',
        `GET ${health.path} → ${said(health)}`,
        `\`lockstep watch logs --service ${service} --environment ${environment} --since 10m --filter ERROR\` shows why.`,
      ),
    );
  if (status && status.status !== 200)
    problems.push(
      bad(
        'degraded',
        `GET ${status.path} → ${said(status)}`,
        status.status === 401
          ? 'Check "statusTokenSecret" in the environment file.'
          : 'It asks the database: see whether that can be reached.',
      ),
    );
  return problems;
}

/** 200, and where the body says a status, a good one. */
export function isWell({ status, body }: Answer): boolean {
  if (status !== 200) return false;
  const word = /"status"\s*:\s*"([^"]*)"/.exec(body)?.[1];
  return word === undefined || ['healthy', 'ok', 'up', 'pass'].includes(word.toLowerCase());
}

/** A front door answers with a page where it has no task to ask: its title is what is told, which begins with the status. */
function said({ status, body, problem }: Answer): string {
  if (status === null) return `no answer (${problem ?? 'unknown'})`;
  const title = /<title>([^<]+)</i.exec(body)?.[1];
  const words = (title ?? body.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
  return `${status} ${words.replace(new RegExp(`^${status}\\b ?`), '').slice(0, 120)}`.trimEnd();
}

function database({ environment, database }: Checked): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const { reachable, problem, connections, failedMigrations, oldestTransaction } = database;
  if (reachable === false)
    problems.push(
      bad(
        'degraded',
        `The database could not be looked into: ${problem ?? 'no reason given'}.`,
        `\`lockstep verify --environment ${environment}\` finds which part of the way is closed.`,
      ),
    );
  for (const name of failedMigrations)
    problems.push(
      bad(
        'degraded',
        `Migration ${name} failed and was never resolved; Prisma runs no other until then (P3009).`,
        `\`lockstep migrations status --environment ${environment}\` says how to resolve it.`,
      ),
    );
  if (connections && connections.now >= connections.most * CONNECTIONS_SHORT)
    problems.push(
      bad(
        'degraded',
        `${connections.now} of ${connections.most} connections are in use.`,
        'Lower connection_limit in DATABASE_URL (it counts for each task), put a pooler before the database, or use a larger instance.',
      ),
    );
  if (oldestTransaction !== null && oldestTransaction > TRANSACTION_OLD_SECONDS)
    problems.push(
      bad(
        'degraded',
        `A transaction has been open for ${Math.round(oldestTransaction / 60)} minutes; a migration would wait for it.`,
        'Find it in pg_stat_activity, and end it with pg_terminate_backend.',
      ),
    );
  return problems;
}

const INDEX_REMEDY =
  'EXPLAIN (ANALYZE, BUFFERS) it: a Seq Scan on a large table wants an index, which a migration of its own adds with CREATE INDEX CONCURRENTLY.';

/** The guide's way from slow answers to the index that is missing. */
export const SLOW_REMEDY = `Set log_min_duration_statement = 200 in the database’s parameter group, look for the slow statement in its log, and ${INDEX_REMEDY}`;

/** From here on the database's log is worth a look. */
export function isSlow(latency: Checked['latency']): boolean {
  return latency !== null && latency.p95 >= SLOW;
}

function resources({ environment, cpu, memory, size, alarms, latency, database }: Checked): CheckProblem[] {
  const problems: CheckProblem[] = [];
  if (memory !== null && memory >= MEMORY_SHORT)
    problems.push(
      bad(
        'degraded',
        `Memory is at ${Math.round(memory)} % of ${size.memory} MiB; at 100 % the task is killed.`,
        memoryRemedy(environment, size),
      ),
    );
  if (cpu !== null && cpu >= CPU_SHORT)
    problems.push(
      bad(
        'degraded',
        `CPU is at ${Math.round(cpu)} % of ${size.cpu} units.`,
        `Raise "maxTasks", or "cpu" under "resources" in environments/${environment}.json.`,
      ),
    );
  if (isSlow(latency)) {
    const why = slowSentences(database.slowest, database.scanned);
    const sentence = [`Answers are slow: p95 is ${Math.round(latency?.p95 ?? 0)} ms.`, ...why].join(' ');
    problems.push(bad('degraded', sentence, why.length > 0 ? INDEX_REMEDY : SLOW_REMEDY));
  }
  if (alarms.length > 0)
    problems.push(
      bad(
        'degraded',
        `${alarms.join(', ')} ${alarms.length === 1 ? 'is' : 'are'} in ALARM.`,
        'No deployment starts until it is quiet again.',
      ),
    );
  return problems;
}

/** The line to change, with a size that Fargate has. */
function memoryRemedy(environment: string, { cpu, memory }: Checked['size']): string {
  const next = FARGATE_SIZES.get(cpu)?.find((size) => size > memory);
  const file = `environments/${environment}.json`;
  if (next) return `Set "resources": {"cpu": ${cpu}, "memory": ${next}} in ${file}, and deploy.`;
  const larger = [...FARGATE_SIZES].find(
    ([units, sizes]) => units > cpu && sizes.some((size) => size > memory),
  );
  const size = larger?.[1].find((one) => one > memory);
  return larger
    ? `Set "resources": {"cpu": ${larger[0]}, "memory": ${size}} in ${file}, and deploy.`
    : 'Fargate has no larger size: look for the leak.';
}

/** A check as a person reads it: one block a service, problems with their remedies below it. */
import type { Checked, CheckResult } from '../../core/check.ts';
import { figure } from '../../core/metrics.ts';
import type { Answer } from '../../core/observation.ts';
import { outsideText } from '../../core/outside.ts';
import { shortName } from '../../core/plan.ts';
import { age, PAINT, painter, wrapped } from './screen.ts';
import type { Screen } from './text.ts';

const COLOURS = { healthy: PAINT.good, degraded: PAINT.wait, down: PAINT.bad } as const;

export function checkLines(seen: Checked, result: CheckResult, screen: Screen, now: number): string[] {
  const { running, since } = seen;
  const runs = running
    ? [
        tagged(shortName(running), seen.tag),
        running.revision,
        ...(since ? [age(now - Date.parse(since))] : []),
      ].join('  ')
    : 'runs nothing yet';
  const row = (label: string, text: string) => wrapped(`  ${label.padEnd(10)} `, text, screen.columns);
  return [
    ...headLines(seen, result, runs, screen),
    ...(seen.replaced ? row('note', `${running?.revision} was ${outsideText(seen.replaced)}`) : []),
    ...(seen.rollout ? row('rollout', rolloutText(seen.rollout)) : []),
    ...row('tasks', tasksText(seen)),
    ...seen.tasks.flatMap((task) =>
      row(
        '',
        `${task.id.slice(0, 8)}  ${task.lastStatus}  ${task.health}  ${task.revision}${task.startedAt ? `  ${age(now - Date.parse(task.startedAt))}` : ''}`,
      ),
    ),
    ...row(
      'targets',
      [targetsText(seen), answerText(seen.healthAnswer), statusText(seen.statusAnswer)]
        .filter(Boolean)
        .join('   '),
    ),
    ...(seen.notAsked ? row('health', seen.notAsked) : []),
    ...row('database', databaseText(seen)),
    ...row('load', loadText(seen)),
    ...(seen.last.length > 0
      ? row(
          'last',
          seen.last
            .map(
              (one) =>
                `${one.commit?.slice(0, 7) ?? one.id} ${one.verdict ?? 'running'} ${age(now - Date.parse(one.at))} ago`,
            )
            .join(' · '),
        )
      : []),
    ...result.problems.flatMap(({ sentence, remedy }) => [
      ...wrapped('  ! ', sentence, screen.columns),
      ...wrapped('    do: ', remedy, screen.columns),
    ]),
  ];
}

/** One line where there is room for it; on paper always, so that it can be looked for. */
function headLines(seen: Checked, { status }: CheckResult, runs: string, screen: Screen): string[] {
  const name = `${seen.service} in ${seen.environment}`;
  const painted = painter(screen)(status, COLOURS[status]);
  const fits = `${name}   ${status}   ${runs}`.length <= screen.columns;
  if (fits || !screen.isTerminal) return [`${name}   ${painted}   ${runs}`];
  return [`${name}   ${painted}`, ...wrapped('  ', runs, screen.columns)];
}

function tagged(name: string, tag: string | null): string {
  return tag && !tag.startsWith(name) ? `${name} (${tag})` : name;
}

function rolloutText({ revision, running, desired }: NonNullable<Checked['rollout']>): string {
  return `ECS is bringing ${revision}: ${running} of ${desired} run`;
}

function tasksText({ counts, scaling }: Checked): string {
  const desired = scaling ? `   desired by autoscaling ${scaling.least}..${scaling.most}` : '';
  return `${counts.running} of ${counts.desired} running, ${counts.pending} pending${desired}`;
}

function targetsText({ targets }: Checked): string {
  if (!targets) return 'no load balancer';
  const states = new Map<string, number>();
  for (const { state } of targets) states.set(state, (states.get(state) ?? 0) + 1);
  return [...states].map(([state, count]) => `${count} ${state}`).join(', ') || 'none';
}

function answerText(answer: Answer | null): string {
  if (!answer) return '';
  return `GET ${answer.path} ${answer.status ?? answer.problem} in ${figure(answer.milliseconds, 'milliseconds')}`;
}

/** The path behind which the database is queried, when it answers 200. */
function statusText(answer: Answer | null): string {
  const text = answerText(answer);
  return answer?.status === 200 ? `${text} (database reachable)` : text;
}

function databaseText({ database }: Checked): string {
  if (database.reachable === null) return 'not looked into: no "database" block in the environment file';
  if (!database.reachable) return `out of reach: ${database.problem}`;
  const { connections, failedMigrations, oldestTransaction } = database;
  return [
    ...(connections ? [`${connections.now} of ${connections.most} connections`] : []),
    failedMigrations.length > 0 ? `failed migration ${failedMigrations.join(', ')}` : 'no failed migration',
    oldestTransaction === null
      ? 'no open transaction'
      : `oldest transaction ${oldestTransaction.toFixed(1)} s`,
  ].join(', ');
}

function loadText({ cpu, memory, size, latency, errorPercent }: Checked): string {
  return [
    `cpu ${figure(cpu, 'percent')}`,
    `memory ${figure(memory, 'percent')} of ${size.memory} MiB`,
    ...(latency
      ? [
          `p50 ${figure(latency.p50, 'milliseconds')}  p95 ${figure(latency.p95, 'milliseconds')}  p99 ${figure(latency.p99, 'milliseconds')}`,
        ]
      : []),
    ...(errorPercent === null ? [] : [`errors ${figure(errorPercent, 'percent')}`]),
  ].join('   ');
}

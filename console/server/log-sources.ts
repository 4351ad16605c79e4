/** Which logs belong to a deployment: of its new tasks and the old ones, of the migration and the build. */
import type { TaskLife } from '../../core/health-record.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { revisionOf } from '../../core/plan.ts';
import type { Rollout } from '../../core/rollout.ts';
import type { LogSource } from '../model/evidence.ts';

/** Tasks of each kind that are listed; more would say the same. */
const LISTED = 4;

/** The lives of tasks that both health checks have kept; the later one knows how they ended, the first how they began. */
export function livesOf(entry: JournalEntry): TaskLife[] {
  const lives = new Map<string, TaskLife>();
  for (const step of ['VerifyHealth', 'VerifyRollback'] as const) {
    for (const life of (entry.steps[step]?.work?.['tasks'] as TaskLife[] | undefined) ?? [])
      lives.set(life.id, { ...lives.get(life.id), ...life, ...keptTimes(lives.get(life.id)) });
  }
  return [...lives.values()].sort((a, b) => a.created.localeCompare(b.created));
}

/** A second check that finds a task well does not know since when. */
function keptTimes(before: TaskLife | undefined): Partial<TaskLife> {
  if (!before) return {};
  const { healthy, failing, leaving } = before;
  return { ...(healthy && { healthy }), ...(failing && { failing }), ...(leaving && { leaving }) };
}

export function logSourcesOf(entry: JournalEntry): LogSource[] {
  const rollout = entry.steps.UpdateService?.work?.['rollout'] as Rollout | undefined;
  const revision = rollout ? revisionOf(rollout.taskDefinition) : undefined;
  const lives = livesOf(entry);
  const fresh = lives.filter((life) => life.revision === revision);
  // One that failed says most.
  const ordered = fresh.toSorted((a, b) => Number(b.failing !== undefined) - Number(a.failing !== undefined));
  const old = lives.filter((life) => life.revision !== revision);
  const task = (life: TaskLife, kind: 'new-task' | 'old-task'): LogSource => ({
    id: `task/${life.id}`,
    label: `${kind === 'new-task' ? 'New task' : 'Old task'} ${life.id.slice(0, 4)}`,
    kind,
  });
  const migration: LogSource[] = entry.steps.Migrate?.work?.['task']
    ? [{ id: 'migration', label: 'Migration', kind: 'migration' }]
    : [];
  const build: LogSource[] = entry.steps.Build?.work?.['buildId']
    ? [{ id: 'build', label: 'Build', kind: 'build' }]
    : [];
  const tasks = [
    ...ordered.slice(0, LISTED).map((life) => task(life, 'new-task')),
    ...old.slice(0, LISTED).map((life) => task(life, 'old-task')),
  ];
  const failed = entry.failure?.step;
  if (failed === 'Build' || (tasks.length === 0 && migration.length === 0))
    return [...build, ...migration, ...tasks];
  if (failed === 'Migrate') return [...migration, ...build, ...tasks];
  return [...tasks, ...migration, ...build];
}

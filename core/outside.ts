/**
 * What happened to a service that no deployment of ours asked for: `aws ecs update-service` by hand, a change of its
 * CloudFormation stack, a forced deployment. Told from ECS's own list of service deployments, beside the journal.
 */
import type { JournalEntry } from './journal.ts';
import { type Running, revisionOf } from './plan.ts';
import { rolloutSchema } from './rollout.ts';

/** A service deployment as ECS lists it, with the task definition that it led to. */
export interface ServiceDeploymentSeen {
  readonly arn: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Null while it goes on. */
  readonly finishedAt: string | null;
  /** ECS's own word: `SUCCESSFUL`, `IN_PROGRESS`, `ROLLBACK_SUCCESSFUL`, … */
  readonly status: string;
  /** ARN; null where ECS no longer says. */
  readonly taskDefinition: string | null;
}

interface Given {
  readonly taskDefinitions: readonly string[];
  readonly serviceDeployments: readonly string[];
}

/** What a deployment of ours gave the service: its release, and what it went back to. */
function givenBy({ steps, proven }: JournalEntry): Given {
  const works = [steps.Rollback?.work, steps.UpdateService?.work].filter((work) => work !== undefined);
  const rollouts = works.flatMap(({ rollout }) => rolloutSchema.safeParse(rollout).data ?? []);
  const written = works.flatMap(({ taskDefinition }) =>
    typeof taskDefinition === 'string' ? taskDefinition : [],
  );
  return {
    taskDefinitions: [
      ...(proven ? [proven.taskDefinition] : []),
      ...rollouts.map(({ taskDefinition }) => taskDefinition),
      ...written,
    ],
    serviceDeployments: rollouts.flatMap(({ serviceDeployment }) => serviceDeployment ?? []),
  };
}

/** Those that are nobody's of `entries` (newest first), as far back as `entries` go: before them nothing was ours. */
export function outsideDeployments(
  seen: readonly ServiceDeploymentSeen[],
  entries: readonly JournalEntry[],
): ServiceDeploymentSeen[] {
  const from = entries.at(-1)?.startedAt;
  if (from === undefined) return [];
  const given = entries.map((entry) => ({ entry, ...givenBy(entry) }));
  const isOurs = ({ arn, createdAt, taskDefinition }: ServiceDeploymentSeen) =>
    given.some(({ entry, serviceDeployments, taskDefinitions }) => {
      if (serviceDeployments.includes(arn)) return true;
      // ECS may list a service deployment only after the step that asked for it has ended.
      const during = createdAt >= entry.startedAt && createdAt <= (entry.endedAt ?? createdAt);
      return during && taskDefinition !== null && taskDefinitions.includes(taskDefinition);
    });
  return seen.filter((one) => Date.parse(one.createdAt) >= Date.parse(from) && !isOurs(one));
}

/** The release that we brought last, where something else runs now; null where that runs, or one of ours is under way. */
export function replacedOutside(
  running: Running | null,
  entries: readonly JournalEntry[],
): { readonly revision: string; readonly commit: string | null } | null {
  if (!running || entries.some(({ outcome }) => !outcome)) return null;
  for (const entry of entries) {
    const { taskDefinitions } = givenBy(entry);
    const [last] = taskDefinitions;
    if (!last) continue;
    if (taskDefinitions.includes(running.taskDefinition)) return null;
    return { revision: revisionOf(last), commit: entry.proven?.commit ?? entry.release?.commit ?? null };
  }
  return null;
}

/** `It was not brought by Lockstep, …`: the same words wherever what runs is told. */
export function outsideText({ revision, commit }: NonNullable<ReturnType<typeof replacedOutside>>): string {
  const last = commit ? `${commit.slice(0, 7)} (${revision})` : revision;
  return `not brought by Lockstep, whose last release here was ${last}; \`lockstep history\` shows when`;
}

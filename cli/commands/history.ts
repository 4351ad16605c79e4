/** `lockstep history`: the deployments of a service, newest first. */
import { entriesOf } from '../../aws/journal.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { duration } from '../../core/outcome.ts';
import type { ServiceDeploymentSeen } from '../../core/outside.ts';
import { revisionOf } from '../../core/plan.ts';
import { type Command, flag, problem, text } from '../command.ts';
import { open } from '../open.ts';
import { outsideOf } from '../outside.ts';
import { screenOf } from '../render/text.ts';

const DEFAULT_LIMIT = '20';

export const history: Command = {
  name: 'history',
  summary: 'list the deployments of a service, newest first',
  usage: '--service NAME --environment NAME [--limit N]',
  options: { limit: { type: 'string', value: 'N', description: `how many (${DEFAULT_LIMIT})` } },
  examples: [
    'lockstep history --service backend --environment production',
    'lockstep history --environment dev --limit 5',
    'lockstep history --environment production --json',
  ],
  exits: {},
  async run(invocation) {
    const asked = text(invocation, 'limit') ?? DEFAULT_LIMIT;
    const limit = Number(asked);
    if (!Number.isInteger(limit) || limit < 1)
      throw problem(`--limit "${asked}" is not a number of lines.`, history);
    const opened = await open(invocation);
    const { cloud, service, environmentName } = opened;
    const entries: JournalEntry[] = [];
    for await (const entry of entriesOf(cloud.journal, `${service}/${environmentName}`)) {
      entries.push(entry);
      if (entries.length >= limit) break;
    }
    const outside = await outsideOf(opened, entries);
    const all: (readonly [at: string, json: object, text: string])[] = [
      ...entries.map((entry) => [entry.startedAt, row(entry), line(entry)] as const),
      ...outside.map((one) => [one.createdAt, outsideRow(one), outsideLine(one)] as const),
    ];
    const shown = all.toSorted(([a], [b]) => Date.parse(b) - Date.parse(a)).slice(0, limit);
    const { isTerminal, columns } = screenOf(process.stdout, invocation.variables);
    for (const [, json, line] of shown) {
      const cut = isTerminal && line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
      process.stdout.write(`${flag(invocation, 'json') ? JSON.stringify(json) : cut}\n`);
    }
    if (shown.length === 0 && !flag(invocation, 'json')) {
      const next = `lockstep deploy --service ${service} --environment ${environmentName}`;
      process.stdout.write(
        `No deployment of ${service} in ${environmentName} yet. \`${next}\` makes the first.\n`,
      );
    }
    return 0;
  },
};

function row(entry: JournalEntry) {
  const { deploymentId, startedAt, action, commit, subject, requestedBy, outcome } = entry;
  return {
    type: 'deployment',
    deploymentId,
    startedAt,
    endedAt: entry.endedAt ?? null,
    action,
    commit,
    subject,
    requestedBy,
    verdict: outcome?.verdict ?? null,
    reason: outcome?.reason ?? null,
    running: outcome?.running ?? null,
  };
}

function outsideRow({ arn, createdAt, finishedAt, status, taskDefinition }: ServiceDeploymentSeen) {
  return {
    type: 'outside',
    serviceDeployment: arn,
    startedAt: createdAt,
    endedAt: finishedAt,
    taskDefinition,
    status,
  };
}

/** In the columns of a deployment. Who did it is known to CloudTrail alone. */
function outsideLine({ createdAt, finishedAt, status, taskDefinition }: ServiceDeploymentSeen): string {
  const columns = [
    '-'.padEnd(8),
    createdAt.slice(0, 16).replace('T', ' '),
    status.toLowerCase().replaceAll('_', '-').padEnd(16),
    tookText(createdAt, finishedAt).padStart(7),
    ''.padEnd(7),
    'outside'.padEnd(8),
    `${taskDefinition ? revisionOf(taskDefinition) : 'the service'}, changed outside of Lockstep`,
  ];
  return columns.join('  ').trimEnd();
}

function tookText(from: string, to: string | null | undefined): string {
  return to ? duration((Date.parse(to) - Date.parse(from)) / 1000) : '';
}

function line(entry: JournalEntry): string {
  const columns = [
    entry.deploymentId,
    entry.startedAt.slice(0, 16).replace('T', ' '),
    (entry.outcome?.verdict ?? 'running').padEnd(16),
    tookText(entry.startedAt, entry.endedAt).padStart(7),
    (entry.commit?.slice(0, 7) ?? '').padEnd(7),
    entry.action.padEnd(8),
    entry.outcome?.reason ?? entry.subject,
  ];
  return columns.join('  ').trimEnd();
}

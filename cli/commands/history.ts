/** `lockstep history`: the deployments of a service, newest first. */
import { entriesOf } from '../../aws/journal.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { duration } from '../../core/outcome.ts';
import { type Command, flag, problem, text } from '../command.ts';
import { open } from '../open.ts';

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
    const { cloud, service, environmentName } = await open(invocation);
    let shown = 0;
    for await (const entry of entriesOf(cloud.journal, `${service}/${environmentName}`)) {
      process.stdout.write(flag(invocation, 'json') ? `${JSON.stringify(row(entry))}\n` : line(entry));
      if (++shown >= limit) break;
    }
    if (shown === 0 && !flag(invocation, 'json')) {
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

function line(entry: JournalEntry): string {
  const took = entry.endedAt
    ? duration((Date.parse(entry.endedAt) - Date.parse(entry.startedAt)) / 1000)
    : '';
  const columns = [
    entry.deploymentId,
    entry.startedAt.slice(0, 16).replace('T', ' '),
    (entry.outcome?.verdict ?? 'running').padEnd(16),
    took.padStart(7),
    (entry.commit?.slice(0, 7) ?? '').padEnd(7),
    entry.action.padEnd(8),
    entry.outcome?.reason ?? entry.subject,
  ];
  return `${columns.join('  ').trimEnd()}\n`;
}

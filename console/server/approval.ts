/** What a person has to know to decide on a release's migrations, and what was decided before. */

import { getJson } from '../../aws/artefacts.ts';
import { askDatabase } from '../../aws/inspection.ts';
import { isWaiting } from '../../core/approval.ts';
import type { BriefEntry } from '../../core/dora.ts';
import { factsAnswerSchema } from '../../core/inspection-facts.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { type DatabaseFacts, judgementSchema } from '../../core/migrations.ts';
import { inspectFunctionName } from '../../core/names.ts';
import { duration } from '../../core/outcome.ts';
import { shortName } from '../../core/plan.ts';
import { type Manifest, manifestSchema } from '../../core/release.ts';
import type { Approval, ApprovalFinding } from '../model/approval.ts';
import type { Part } from '../model/parts.ts';
import { answerOf, earlierOf } from './answers.ts';
import { decideOf } from './decide.ts';
import { findingsOf, migrationsOf } from './judged.ts';
import { code, plural, releaseOf } from './names.ts';
import type { Place } from './place.ts';
import { unknown } from './problem.ts';
import { migrationOf } from './sentences.ts';
import { Refused } from './source.ts';

interface Asked {
  readonly place: Place;
  readonly entry: JournalEntry;
  /** Of the same service, newest first. */
  readonly others: readonly BriefEntry[];
  /** Whose answer it would be. */
  readonly you: string;
}

export async function approvalOf({ place, entry, others, you }: Asked): Promise<Approval> {
  const s3 = await place.clients.s3();
  const [judgement, manifest] = await Promise.all([
    getJson(s3, place.bucket, `judgements/${entry.deploymentId}.json`, judgementSchema),
    entry.release?.manifestKey
      ? getJson(s3, place.bucket, entry.release.manifestKey, manifestSchema)
      : undefined,
  ]);
  if (!judgement) {
    throw new Refused(404, {
      part: 'approval',
      sentence: entry.steps.MigrateCheck
        ? 'Nothing was judged: no migration was pending, or none is known.'
        : 'Its migrations have not been judged yet.',
      remedy: '',
    });
  }
  const pending = migrationOf(entry)?.pending ?? [];
  const facts = await factsOf(place, entry, manifest, pending);
  const known = facts.known ? facts.value : undefined;
  const oldCode = entry.plan?.rollbackTarget ? shortName(entry.plan.rollbackTarget) : null;
  const findings = findingsOf(judgement, known, oldCode);
  const waiting = isWaiting(entry);
  const rows = (table: string | null) => (table === null ? null : (known?.tables[table]?.rows ?? null));
  return {
    id: entry.deploymentId,
    sentence: sentenceOf(entry, judgement.statements),
    facts: factLines(known, judgement, findings),
    maxLockSeconds: entry.plan?.settings.migrations.maxLockSeconds ?? 2,
    oldCode,
    migrations: migrationsOf(judgement, manifest).map((migration) => ({
      ...migration,
      statements: migration.statements.map((statement) => ({ ...statement, rows: rows(statement.table) })),
    })),
    findings,
    decide: waiting ? decideOf(entry, findings, others, you) : null,
    answered: waiting ? null : answerOf(entry),
    database: facts.known ? { known: true, value: databaseLines(facts.value) } : facts,
    earlier: earlierOf(entry, others),
  };
}

function sentenceOf(entry: JournalEntry, statements: readonly { readonly severity: string }[]): string {
  const release = releaseOf(entry);
  const what = release
    ? `${code(release.name)}${release.subject ? ` “${release.subject}”` : ''}`
    : 'The release';
  const count = (...severities: string[]) =>
    statements.filter(({ severity }) => severities.includes(severity)).length;
  const kinds = [
    [count('fine', 'notice'), 'fine'],
    [count('needs-approval'), 'to be decided'],
    [count('blocked'), 'blocked'],
  ] as const;
  const told = kinds.filter(([number]) => number > 0).map(([number, kind]) => `${number} ${kind}`);
  const pending = plural(migrationOf(entry)?.pending.length ?? 0, 'migration');
  return `${what} brings ${pending} with ${plural(statements.length, 'statement')}${told.length > 0 ? `: ${told.join(', ')}` : ''}.`;
}

async function factsOf(
  place: Place,
  entry: JournalEntry,
  manifest: Manifest | undefined,
  names: readonly string[],
): Promise<Part<DatabaseFacts>> {
  if (!entry.plan?.settings.database)
    return unknown(
      'database',
      'The environment file has no "database" block.',
      'With one, sizes and traffic are known.',
    );
  const pending = (manifest?.migrations ?? [])
    .filter(({ name }) => names.includes(name))
    .map(({ name, sql }) => ({ name, sql }));
  const name = inspectFunctionName(place.environmentName, entry.service);
  const answer = await askDatabase(
    await place.clients.lambda(),
    name,
    { want: 'facts', pending },
    factsAnswerSchema,
  );
  return answer.reachable
    ? { known: true, value: answer.facts }
    : unknown('database', `The database could not be asked: ${answer.reason}`, '`lockstep check` says more.');
}

function factLines(
  facts: DatabaseFacts | undefined,
  judgement: {
    readonly rehearsal: {
      readonly done: boolean;
      readonly reason?: string | undefined;
      readonly milliseconds?: number | undefined;
    };
    readonly statements: readonly { readonly by: string }[];
  },
  findings: readonly ApprovalFinding[],
): Approval['facts'] {
  const tables = [...new Set(findings.flatMap(({ table }) => table ?? []))];
  const sizes = tables.flatMap((table) => {
    const known = facts?.tables[table];
    if (!known) return [];
    const rows = known.rows === null ? 'never analysed' : plural(Math.round(known.rows), 'row');
    const traffic =
      known.readsPerSecond === null
        ? ''
        : `; ${figure(known.readsPerSecond)} reads, ${figure(known.writesPerSecond ?? 0)} writes a second`;
    return [{ label: table, text: `${rows}, ${bytes(known.totalBytes)}${traffic}` }];
  });
  const { rehearsal, statements } = judgement;
  const rehearsed = statements.filter(({ by }) => by === 'rehearsal').length;
  const version =
    facts && `PostgreSQL ${Math.floor(facts.serverVersion / 10_000)}.${facts.serverVersion % 10_000}`;
  return [
    ...sizes,
    ...(version ? [{ label: 'server', text: version }] : []),
    ...(facts ? [{ label: 'facts', text: `read ${facts.readAt.slice(11, 19)} UTC` }] : []),
    {
      label: 'rehearsed',
      text: rehearsal.done
        ? `${rehearsed} of ${statements.length}${rehearsal.milliseconds === undefined ? '' : ` in ${Math.round(rehearsal.milliseconds)} ms`}`
        : `no: ${rehearsal.reason ?? 'the rules alone judged'}`,
    },
  ];
}

function databaseLines(facts: DatabaseFacts): { label: string; text: string }[] {
  const oldest = facts.sessions.reduce(
    (most, { transactionSeconds }) => Math.max(most, transactionSeconds),
    0,
  );
  const idle = facts.sessions.filter(({ state }) => state.startsWith('idle in transaction'));
  const lag = facts.replication.replicas.map(({ lagSeconds }) => lagSeconds ?? 0);
  return [
    { label: 'Oldest transaction', text: oldest > 0 ? duration(oldest) : 'none that is long' },
    { label: 'Idle in transaction', text: idle.length === 0 ? 'none' : plural(idle.length, 'session') },
    ...facts.sessions
      .filter(({ locks }) => locks.length > 0)
      .slice(0, 3)
      .map(({ pid, application, locks, transactionSeconds }) => ({
        label: `Locks ${locks
          .map(({ table }) => table)
          .slice(0, 2)
          .join(', ')}`,
        text: `${application || `pid ${pid}`}, ${locks[0]?.mode ?? ''}, ${duration(transactionSeconds)}`,
      })),
    ...(facts.connections
      ? [{ label: 'Connections', text: `${facts.connections.used} of ${facts.connections.maximum}` }]
      : []),
    ...(lag.length > 0 ? [{ label: 'Replica lag', text: `${Math.max(...lag).toFixed(1)} s` }] : []),
    ...facts.unknown.slice(0, 2).map((text) => ({ label: 'Not known', text })),
  ];
}

const figure = (value: number) =>
  value >= 10 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(2)));

function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(value, 1)) / 3));
  return `${Number((value / 1000 ** power).toPrecision(2))} ${units[power]}`;
}

/**
 * What is true in the database after a migration that did not end well: which migrations it has, which stands failed,
 * and which statements of that one took effect.
 */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { getJson } from '../../aws/artefacts.ts';
import { type DatabaseHistory, historyAnswerSchema } from '../../core/inspection.ts';
import { factsAnswerSchema } from '../../core/inspection-facts.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import type { MigrationState } from '../../core/migration-retry.ts';
import type { DatabaseFacts } from '../../core/migrations.ts';
import { manifestSchema } from '../../core/release.ts';
import type { Deployment } from '../../core/request.ts';
import { compareHistory } from '../../judge/history/compare.ts';
import { loadParser } from '../../judge/parse/statements.ts';
import { inspect } from '../inspection.ts';
import { variable } from '../variables.ts';

export interface Truth {
  readonly database: MigrationResult['database'];
  readonly states: readonly { readonly name: string; readonly state: MigrationState }[];
  /** One line a migration, then what is known of the one that failed and what mends it; for people. */
  readonly lines: readonly string[];
}

interface Asked {
  readonly deployment: Deployment;
  readonly pending: readonly string[];
  /** Of the release whose migrations ran. */
  readonly manifestKey: string | null;
}

interface Deps {
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
}

/** Where the database cannot be asked, a task that ran may have done anything: that counts as failed. */
export async function databaseTruth(asked: Asked, deps: Deps): Promise<Truth> {
  const history = await inspect(
    deps.lambda,
    asked.deployment.service,
    { want: 'history' },
    historyAnswerSchema,
  );
  if (!history.reachable) {
    return { database: 'failed', states: [], lines: [`in the database now: not known, ${history.reason}`] };
  }
  const rows = new Map(
    (history.applied ?? []).filter((row) => !row.rolledBackAt).map((row) => [row.migrationName, row]),
  );
  const states = asked.pending.map((name): Truth['states'][number] => {
    const row = rows.get(name);
    return { name, state: row ? (row.finishedAt ? 'applied' : 'failed') : 'not run' };
  });
  const lines = states.map(({ name, state }) => `in the database now: ${name} ${state}`);
  if (states.every(({ state }) => state === 'not run')) return { database: 'unchanged', states, lines };
  const all = states.every(({ state }) => state === 'applied');
  if (all) return { database: 'migrated', states, lines };
  const failed = states.some(({ state }) => state === 'failed');
  return {
    database: 'failed',
    states,
    lines: failed ? [...lines, ...(await statementsOf(asked, history, deps))] : lines,
  };
}

/** What cannot be found out is left out: the failure itself is told in any case. */
async function statementsOf(asked: Asked, history: DatabaseHistory, deps: Deps): Promise<string[]> {
  try {
    return await lookAtStatements(asked, history, deps);
  } catch {
    return [];
  }
}

async function lookAtStatements(
  { deployment, manifestKey }: Asked,
  history: DatabaseHistory,
  { lambda, s3 }: Deps,
): Promise<string[]> {
  const manifest =
    manifestKey === null
      ? undefined
      : await getJson(s3, variable('ARTEFACTS_BUCKET'), manifestKey, manifestSchema);
  const answer = await inspect(lambda, deployment.service, { want: 'facts', pending: [] }, factsAnswerSchema);
  if (!answer.reachable) return [];
  const running = stillRunning(answer.facts);
  if (!manifest) return running;
  await loadParser();
  const { findings } = compareHistory({
    migrations: manifest.migrations,
    rows: history.applied ?? [],
    tableExists: true,
    prismaVersion: manifest.prismaVersion,
    facts: answer.facts,
    where: `--service ${deployment.service} --environment ${deployment.environment}`,
  });
  const told = findings
    .filter(({ kind }) => kind === 'failed' || kind === 'half-applied')
    .flatMap(({ now, commands }) => [now, ...commands.map((command) => `  ${command}`)]);
  return [...running, ...told];
}

/** PostgreSQL goes on with a statement whose client has gone: a task that was stopped may be at work all the same. */
function stillRunning({ migrators, sessions }: DatabaseFacts): string[] {
  return migrators
    .filter(({ granted }) => granted)
    .flatMap(({ pid }) => {
      const session = sessions.find((one) => one.pid === pid);
      const what = session ? `, for ${Math.round(session.transactionSeconds)} s: ${session.query}` : '';
      return [
        `it still runs in the database (pid ${pid}${what}), and what is told below may change`,
        `  SELECT pg_terminate_backend(${pid});  -- ends it`,
      ];
    });
}

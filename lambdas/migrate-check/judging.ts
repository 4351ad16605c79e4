/** The judgement itself: of what is about to be migrated, or, on the way back, of what has been migrated since. */
import type { S3Client } from '@aws-sdk/client-s3';
import { putJson } from '../../aws/artefacts.ts';
import { baseCache } from '../../aws/rehearsals.ts';
import type { DatabaseHistory } from '../../core/inspection.ts';
import type { DatabaseFacts, Judgement } from '../../core/migrations.ts';
import type { Plan } from '../../core/plan.ts';
import type { Deployment } from '../../core/request.ts';
import { judgeRelease, type Releases } from '../../judge/index.ts';
import { variable } from '../variables.ts';

/** What the release's pending migrations do, and whether the code before it works afterwards. */
export function judgePending(
  { next, before }: Releases,
  state: { readonly pending: readonly string[]; readonly applied: readonly string[] },
  known: { readonly serverVersion: number | undefined; readonly facts?: DatabaseFacts | undefined },
  plan: Plan,
  deps: { readonly s3: S3Client },
): Promise<Judgement> {
  return judgeRelease({ next, before }, state, {
    ...known,
    policy: plan.settings.migrations,
    rehearse: { cache: baseCache(deps.s3, variable('ARTEFACTS_BUCKET')) },
  });
}

/**
 * Whether code that ran earlier works on the schema of today: what has been migrated since it was built is judged as
 * if it were pending. Undefined where what the database has is not all in a manifest.
 */
export async function judgeGoingBack(
  { next: earlier, before: running }: Releases,
  history: DatabaseHistory | undefined,
  plan: Plan,
  deps: { readonly s3: S3Client },
): Promise<Judgement | undefined> {
  if (!running || !history) return undefined;
  const had = new Set(earlier.migrations.map((migration) => migration.name));
  const since = (history.applied ?? []).map((row) => row.migrationName).filter((name) => !had.has(name));
  const known = new Set(running.migrations.map((migration) => migration.name));
  if (since.some((name) => !known.has(name))) return undefined;
  const applied = running.migrations.map((migration) => migration.name).filter((name) => had.has(name));
  const state = { pending: [...new Set(since)], applied };
  return judgePending(
    { next: running, before: earlier },
    state,
    { serverVersion: history.serverVersion },
    plan,
    deps,
  );
}

/** The whole of it, for `lockstep show`, the console and whoever approves. */
export async function keepJudgement(
  deployment: Deployment,
  judgement: Judgement,
  deps: { readonly s3: S3Client },
): Promise<void> {
  await putJson(deps.s3, variable('ARTEFACTS_BUCKET'), `judgements/${deployment.id}.json`, judgement);
}

/** What the journal keeps of it: enough to tell a person why, and to ask the database on the way back. */
export function workOf(judgement: Judgement) {
  const { findings, compatibility } = judgement;
  return {
    findings: findings.slice(0, 20).map((finding) => ({
      rule: finding.rule,
      severity: finding.severity,
      file: finding.file,
      line: finding.line,
      column: finding.column,
      statement: finding.statement.slice(0, 500),
      why: finding.why,
      help: finding.help ?? null,
      consequences: finding.consequences,
    })),
    breaks: breaksOf(judgement),
    proofs: compatibility.details
      .filter(
        ({ direction, agreement }) => direction === 'old-code-on-new-schema' && agreement === 'until-written',
      )
      .map(({ proof }) => proof ?? null),
  };
}

/** What the old code meets, the worst first; each once. */
export function breaksOf({ compatibility }: Judgement): string[] {
  const { oldCodeOnNewSchema, details } = compatibility;
  const said = details
    .filter(
      ({ direction, agreement }) =>
        direction === 'old-code-on-new-schema' &&
        agreement === oldCodeOnNewSchema &&
        agreement !== 'compatible',
    )
    .map(({ operation, model, field, code }) => {
      const what = operation === 'read-after-new-writes' ? 'read what was written to' : operation;
      return `${what} ${[model, field].filter(Boolean).join('.')}${code ? ` (${code})` : ''}`;
    });
  return [...new Set(said)].slice(0, 20);
}

/** A plan as a person reads it: one page, what would happen on top, what stands against it last. */
import type { Expected } from '../../core/expectation.ts';
import type { Judgement, Severity, StatementJudgement } from '../../core/migrations.ts';
import { severityRank } from '../../core/migrations.ts';
import { duration } from '../../core/outcome.ts';
import { outsideText } from '../../core/outside.ts';
import { shortName } from '../../core/plan.ts';
import type { Difference } from '../../core/task-definition.ts';
import type { Preview } from '../plan.ts';
import { PAINT, painter, wrapped } from './screen.ts';
import type { Screen } from './text.ts';

const LABEL = 11;
const COMMITS_SHOWN = 5;

export function planLines(preview: Preview, screen: Screen): string[] {
  const row = (label: string, text: string) => wrapped(label.padEnd(LABEL), text, screen.columns);
  return [
    ...row('now', nowText(preview)),
    ...(preview.replaced ? row('', outsideText(preview.replaced)) : []),
    ...(preview.otherRollout
      ? row('', `ECS is still bringing ${preview.otherRollout}; \`lockstep deploy\` would wait for that`)
      : []),
    ...row('would run', nextText(preview)),
    ...changeLines(preview.differences, screen),
    ...migrationLines(preview, screen),
    ...row('back to', backText(preview)),
    ...(preview.notAsked ? row('health', preview.notAsked) : []),
    ...row('expect', expectText(preview.expected)),
    ...endLines(preview, screen),
  ];
}

function nowText({ plan: { running }, counts, since }: Preview): string {
  if (!running) return 'nothing yet';
  const when = since ? `, since ${since.slice(0, 16).replace('T', ' ')}` : '';
  return `${shortName(running)}  ${running.revision}   ${counts.running} of ${counts.desired} run${when}`;
}

function nextText({ plan, commits }: Preview): string {
  const { release, commit, subject, running } = plan;
  const name = commit?.slice(0, 7) ?? release?.tag ?? '';
  const built = release ? `built already (${release.digest.slice(0, 19)}…)` : 'would be built';
  const between =
    commits === null
      ? subject && `"${subject}"`
      : commits.length === 0
        ? running && 'no commit between'
        : `${commits.length} ${commits.length === 1 ? 'commit' : 'commits'}: ${subjects(commits)}`;
  return [name, built, between].filter(Boolean).join('  ');
}

function subjects(commits: readonly string[]): string {
  const more = commits.length - COMMITS_SHOWN;
  const shown = commits.slice(0, COMMITS_SHOWN).map((subject) => `"${subject}"`);
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function changeLines(changes: readonly Difference[], screen: Screen): string[] {
  const paint = painter(screen);
  if (changes.length === 0) return [`${'change'.padEnd(LABEL)}the task definition stays as it is`];
  return changes.flatMap(({ path, before, after }, index) => {
    const label = (index === 0 ? 'change' : '').padEnd(LABEL);
    const name = path.replace(/^containerDefinitions\[([^\]]*)\]\./, '$1: ');
    const line = (text: string) => wrapped(label, text, screen.columns);
    if (before === undefined) return line(paint(`+ ${name} = ${shortValue(after)}`, PAINT.good));
    if (after === undefined) return line(paint(`- ${name} (was ${shortValue(before)})`, PAINT.bad));
    return line(`${paint(`~ ${name}`, PAINT.wait)}  ${shortValue(before)} → ${shortValue(after)}`);
  });
}

const VALUE_SHOWN = 60;

/** A digest is told by its beginning, and so is a value that fills lines; `--json` has all of it. */
function shortValue(value: string | undefined): string {
  const short = (value ?? '').replace(/^.*@(sha256:[0-9a-f]{12})[0-9a-f]{52}$/, '…@$1…');
  return short.length > VALUE_SHOWN ? `${short.slice(0, VALUE_SHOWN)}…` : short;
}

function migrationLines({ migration }: Preview, screen: Screen): string[] {
  const row = (label: string, text: string) => wrapped(label.padEnd(LABEL), text, screen.columns);
  if (!migration)
    return row('migrations', 'the image has no release manifest: none are known, and none are run');
  const { pending, judgement, unknown } = migration;
  const lines =
    pending.length === 0
      ? row('migrations', 'nothing pending')
      : pending.flatMap((name, index) => row(index === 0 ? 'migrations' : '', pendingText(name, judgement)));
  if (unknown) lines.push(...row('', `facts unknown: ${unknown}`));
  if (pending.length > 0 && migration.result) lines.push(...row('', migration.summary));
  return lines;
}

function pendingText(name: string, judgement: Judgement | null): string {
  if (!judgement) return name;
  const statements = judgement.statements.filter(({ migration }) => migration === name);
  const findings = judgement.findings.filter(({ migration }) => migration === name);
  const heaviest = findings.reduce<Severity>(
    (worst, { severity }) => (severityRank(severity) > severityRank(worst) ? severity : worst),
    'fine',
  );
  const what =
    findings.length > 0 ? [...new Set(findings.map(({ rule }) => rule))].join(', ') : locks(statements);
  return `${name}   ${heaviest}   ${what}`.trimEnd();
}

function locks(statements: readonly StatementJudgement[]): string {
  const heavy = statements.flatMap(({ effects }) =>
    effects.filter(({ lock }) => lock !== 'ACCESS SHARE').map(({ lock, table }) => `${lock} on ${table}`),
  );
  const told = [...new Set(heavy)];
  const count = `${statements.length} ${statements.length === 1 ? 'statement' : 'statements'}`;
  return told.length === 0 || told.length > 3 ? count : told.join(', ');
}

function backText({ plan: { rollbackTarget: back } }: Preview): string {
  if (!back) return 'no way back is known: a release that fails would need a person';
  const how =
    back.provenBy === 'journal'
      ? 'proven healthy by a deployment'
      : 'it runs and was steady when this was looked at';
  return `${shortName(back)} (${back.revision}), ${how} ${back.provenAt.slice(0, 10)}`;
}

function expectText(expected: Expected | null): string {
  if (!expected) return 'not known: no deployment has succeeded yet';
  const steps = expected.steps
    .filter(({ p90 }) => p90 >= 1)
    .map(({ step, p50, p90 }) => `${step} ${duration(p50)} (${duration(p90)})`)
    .join(', ');
  const { region, month } = expected.pricesOf;
  const cost = `${expected.dollars.toFixed(4)} USD at the prices of ${region}, ${month}`;
  return `${duration(expected.p50)} (p90 ${duration(expected.p90)}); ${cost}; ${steps}`;
}

function endLines({ refusals, migration, plan, differences }: Preview, screen: Screen): string[] {
  const paint = painter(screen);
  if (refusals.length > 0) {
    return [
      ...refusals.flatMap((refusal) => [
        ...wrapped(`${paint('refused', PAINT.bad)}    `, refusal.message, screen.columns),
        ...refusal.evidence.flatMap((line) => `${' '.repeat(LABEL)}${line}`),
        ...(refusal.remedy ? wrapped('do         ', refusal.remedy, screen.columns) : []),
      ]),
      ...wrapped('', 'Nothing was changed. `lockstep deploy` would be refused.', screen.columns),
    ];
  }
  const waits = migration?.result?.verdict === 'needs-approval';
  const idle = plan.release !== null && differences.length === 0 && !migration?.pending.length;
  const end = (text: string) => wrapped('', text, screen.columns);
  if (idle) return end('Nothing was changed. `lockstep deploy` would find nothing to do.');
  return end(
    `Nothing was changed. \`lockstep deploy\` would ${waits ? 'wait for a person to approve the migrations' : 'go ahead without asking'}.`,
  );
}

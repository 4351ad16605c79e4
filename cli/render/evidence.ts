/** Everything that the journal keeps of a deployment, below its steps: what was released, found, and went wrong. */
import type { JournalEntry, StepRecord } from '../../core/journal.ts';
import { shortName } from '../../core/plan.ts';
import { wrapped } from './screen.ts';

/** A finding as MigrateCheck leaves it in its step's work. */
interface KeptFinding {
  readonly rule: string;
  readonly severity: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly statement: string;
  readonly why: string;
  readonly help: string | null;
  readonly consequences?: readonly string[];
}

export function evidenceLines(entry: JournalEntry, columns: number): string[] {
  const row = (label: string, text: string | null | undefined) =>
    text ? wrapped(label.padEnd(10), text, columns) : [];
  const { plan, release } = entry;
  return [
    '',
    ...row('asked by', `${entry.requestedBy}, ${entry.startedAt.slice(0, 19).replace('T', ' ')} UTC`),
    ...row('reason', entry.reason),
    ...row(
      'schedule',
      entry.scheduledAt && `started for ${entry.scheduledAt.slice(0, 16).replace('T', ' ')} UTC`,
    ),
    ...row('override', overrideText(entry)),
    ...row('ran', plan?.running && `${shortName(plan.running)} (${plan.running.revision})`),
    ...row('release', release && `${release.tag}  ${release.digest}`),
    ...row(
      'back to',
      plan?.rollbackTarget && `${shortName(plan.rollbackTarget)} (${plan.rollbackTarget.revision})`,
    ),
    ...row(
      'proven',
      entry.provenAt &&
        `${entry.proven?.revision ?? ''} at ${entry.provenAt.slice(0, 19).replace('T', ' ')} UTC`,
    ),
    ...findingLines(entry.steps.MigrateCheck, columns),
    ...approvalLines(entry),
    ...failureLines(entry, columns),
    ...row('execution', entry.executionArn),
  ];
}

/** Without a freeze that stood in the way, a reason to override one tells nothing. */
function overrideText({ overrideFreeze, steps }: JournalEntry): string | undefined {
  const overrode = steps.Plan?.work?.['overrode'];
  return overrideFreeze && typeof overrode === 'string' ? `"${overrideFreeze}". ${overrode}` : undefined;
}

function findingLines(step: StepRecord | undefined, columns: number): string[] {
  const findings = (step?.work?.['findings'] ?? []) as readonly KeptFinding[];
  return findings.flatMap((finding) => [
    '',
    `finding   ${finding.severity}  ${finding.rule}  ${finding.file}:${finding.line}:${finding.column}`,
    ...finding.statement.split('\n').map((line) => `          ${line}`),
    ...wrapped('  why     ', finding.why, columns),
    ...(finding.consequences?.length ? [`  means   ${finding.consequences.join(', ')}`] : []),
    ...(finding.help ? wrapped('  do      ', finding.help, columns) : []),
  ]);
}

/** What has to be typed, each consequence by its name, while it waits. */
function approvalLines({ deploymentId, environment, steps, outcome }: JournalEntry): string[] {
  const step = steps.AwaitApproval;
  if (step?.status !== 'waiting' || outcome) return [];
  const consequences = (step.work?.['consequences'] ?? []) as readonly string[];
  const accept = consequences.length > 0 ? ` --accept ${consequences.join(',')}` : '';
  return [
    '',
    `approve   lockstep approve ${deploymentId} --environment ${environment} --reason "…"${accept}`,
    `reject    lockstep reject ${deploymentId} --environment ${environment} --reason "…"`,
  ];
}

/** Each failure once, with every line that was kept: the way back may have failed beside what it went back from. */
function failureLines({ failure, steps }: JournalEntry, columns: number): string[] {
  const all = [failure, ...Object.values(steps).map((step) => step?.failure)].filter(
    (one) => one !== undefined,
  );
  const once = all.filter(
    (one, index) =>
      all.findIndex(({ step, sentence }) => step === one.step && sentence === one.sentence) === index,
  );
  return once.flatMap(({ step, error, sentence, remedy, evidence }) => [
    '',
    `failed    ${step}: ${error}`,
    ...wrapped('  why     ', sentence, columns),
    ...evidence.map((line) => `          ${line}`),
    ...(remedy ? wrapped('  do      ', remedy, columns) : []),
  ]);
}

/** The sentences of a deployment's page: what it does or how it ended, why, what to do, and what is true of the database. Pure. */
import { decisiveLines } from '../../core/decisive.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { readLine } from '../../core/log-lines.ts';
import type { MigrationResult } from '../../core/migration-result.ts';
import { shortName } from '../../core/plan.ts';
import type { Deployment, Step } from '../model/deployment.ts';
import { code, dayOf, marked, plural, releaseOf } from './names.ts';

export function migrationOf(entry: JournalEntry): MigrationResult | undefined {
  return entry.steps.MigrateCheck?.work?.['migration'] as MigrationResult | undefined;
}

/** `Rolled back. backend in …` → its first sentence, and the rest. */
export function endSentence(sentence: string): Pick<Deployment, 'word' | 'sentence'> {
  const match = /^(.+?[.;:])\s+(.+)$/s.exec(sentence);
  return match
    ? { word: match[1] ?? '', sentence: marked(match[2] ?? '') }
    : { word: sentence, sentence: '' };
}

const DOING: Readonly<Record<string, string>> = {
  AcquireLock: 'Starting.',
  Plan: 'Planning.',
  Build: 'Building.',
  MigrateCheck: 'Judging the migrations.',
  AwaitApproval: 'Waits for approval.',
  Snapshot: 'Taking a snapshot.',
  Migrate: 'Migrating.',
  UpdateService: 'Releasing.',
  VerifyHealth: 'Releasing.',
  Rollback: 'Going back.',
  VerifyRollback: 'Going back.',
  Record: 'Recording.',
};

function currentStep(steps: readonly Step[]): Step | undefined {
  return steps.findLast(({ status }) => status === 'running' || status === 'waiting');
}

export function runningSentence(
  entry: JournalEntry,
  steps: readonly Step[],
): Pick<Deployment, 'word' | 'sentence'> {
  const { service, environment, plan } = entry;
  const key = currentStep(steps)?.key ?? 'Record';
  const runs = plan?.running ? code(shortName(plan.running)) : undefined;
  const where = `${service} in ${environment}`;
  const still = runs ? `${where} runs ${runs}.` : `${where} runs nothing yet.`;
  const next = releaseOf(entry)?.name;
  const moving = ['UpdateService', 'VerifyHealth'].includes(key);
  if (moving && next) {
    const sentence = runs
      ? `${where} goes from ${runs} to ${code(next)}.`
      : `${where} gets its first release, ${code(next)}.`;
    return { word: DOING[key] ?? 'Releasing.', sentence };
  }
  if (key === 'Rollback' || key === 'VerifyRollback') {
    const back = plan?.rollbackTarget;
    return {
      word: 'Going back.',
      sentence: back ? `${where} goes back to ${code(shortName(back))}.` : still,
    };
  }
  const changed = entry.steps.Migrate !== undefined;
  return { word: DOING[key] ?? 'Running.', sentence: changed ? still : `Nothing was changed: ${still}` };
}

export function runningParagraphs(entry: JournalEntry, steps: readonly Step[]): Deployment['paragraphs'] {
  const step = currentStep(steps);
  const back = entry.plan?.rollbackTarget;
  const waits = step?.status === 'waiting';
  const paragraphs = [];
  const now = step?.note || (step ? `${step.step} is at work.` : '');
  if (now) paragraphs.push({ label: 'Now', text: waits ? waitText(entry) : now });
  if (
    entry.plan?.steps.release !== false &&
    !steps.some(({ key, status }) => key === 'Rollback' && status !== 'to-come')
  )
    paragraphs.push({
      label: 'If it fails',
      text: back
        ? `Lockstep goes back to ${code(shortName(back))}, ${back.provenBy === 'journal' ? 'proven' : 'steady since'} ${dayOf(back.provenAt)}.`
        : 'There is no release to go back to yet: what runs now goes on, or a person has to look.',
    });
  paragraphs.push({
    label: 'You can',
    text: waits
      ? 'approve or reject it here; without an answer it counts as refused, and nothing is changed.'
      : 'close this page: nothing depends on it. Cancel stops at a safe point, and goes back where it must.',
  });
  return paragraphs;
}

function waitText(entry: JournalEntry): string {
  const result = migrationOf(entry);
  const what = releaseOf(entry);
  const release = what ? `${code(what.name)}${what.subject ? ` “${what.subject}”` : ''}` : 'The release';
  return `${release} brings ${plural(result?.pending.length ?? 0, 'migration')} with ${plural(result?.findings ?? 0, 'finding')}; a person has to decide.`;
}

export function endParagraphs(entry: JournalEntry): Deployment['paragraphs'] {
  const { outcome, failure } = entry;
  const why = failure?.sentence ?? outcome?.reason;
  const remedy = failure?.remedy || outcome?.remedy;
  const command = remedy && /`((?:lockstep|aws|npx|npm|psql) [^`]+)`/.exec(remedy)?.[1];
  return [
    ...(why ? [{ label: 'Why', text: marked(why) }] : []),
    ...logParagraph(failure?.evidence ?? [], why ?? ''),
    ...(remedy ? [{ label: 'What to do', text: marked(remedy), ...(command && { command }) }] : []),
    ...databaseParagraph(entry),
  ];
}

/** What the task, the build or the migration wrote itself, where that says more than the sentence does. */
function logParagraph(evidence: readonly string[], why: string): Deployment['paragraphs'] {
  const lines = evidence.map((line) => ({ line, ...readLine(line) }));
  const said = lines.find(
    ({ line, level, text }) =>
      (level === 'error' ||
        level === 'fatal' ||
        (level === null && decisiveLines([line]).length > 0 && /error/i.test(line))) &&
      !why.includes(text),
  );
  return said ? [{ label: 'Its log', text: code(said.text.replaceAll('`', '').slice(0, 300)) }] : [];
}

function databaseParagraph(entry: JournalEntry): Deployment['paragraphs'] {
  const { outcome, steps, plan } = entry;
  const result = migrationOf(entry);
  if (!plan?.settings.database || !result || result.pending.length === 0)
    return plan?.settings.database && steps.MigrateCheck?.status === 'done'
      ? [{ label: 'Database', text: 'Not touched: nothing was pending.' }]
      : [];
  const names = result.pending.map(code).join(', ');
  if (steps.Migrate?.status === 'failed')
    return [
      {
        label: 'Database',
        text: '`lockstep migrations status` says what is in it now.',
        command: `lockstep migrations status --service ${entry.service} --environment ${entry.environment}`,
      },
    ];
  if (steps.Migrate?.status !== 'done')
    return [
      {
        label: 'Database',
        text: `Not touched: ${names} ${result.pending.length === 1 ? 'was' : 'were'} not run.`,
      },
    ];
  if (outcome?.verdict === 'succeeded')
    return [{ label: 'Database', text: `${names} ${result.pending.length === 1 ? 'was' : 'were'} applied.` }];
  const last = result.pending.at(-1) ?? '';
  const old = plan.rollbackTarget ? code(shortName(plan.rollbackTarget)) : 'the code of before';
  const works = {
    compatible: `${old} was judged compatible with it before the release. Nothing to do.`,
    'until-written': `${old} works with it until the new code has written.`,
    incompatible: `${old} does not work with it.`,
    unknown: `Whether ${old} works with it is not known.`,
  };
  return [
    {
      label: 'Database',
      text: `Stays at ${code(last)}, ${plural(result.pending.length, 'migration')} ahead of the code. ${works[result.oldCode]}`,
    },
  ];
}

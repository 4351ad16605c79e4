/** The job's summary and a plan's comment. What comes from outside is text in them, and never markup. */

import type { Preview } from '../cli/plan.ts';
import { planLines } from '../cli/render/plan.ts';
import type { DetachedEvent, StartedEvent, StepEvent, VerdictEvent } from '../core/events.ts';
import { duration } from '../core/outcome.ts';
import { shortName } from '../core/plan.ts';
import { isGood } from '../core/verdict.ts';

export interface Told {
  readonly started: StartedEvent;
  /** As each step ended, or stands. */
  readonly steps: readonly StepEvent[];
  readonly end: VerdictEvent | DetachedEvent;
}

export function summaryOf({ started, steps, end }: Told): string {
  const { service, environment, action, commit, subject, executionArn, deploymentId } = started;
  const rows: [string, string][] = [
    ['verdict', end.type === 'verdict' ? `**${end.verdict}**` : '**still running**'],
    ['commit', commit ? `\`${commit.slice(0, 7)}\` ${plain(subject)}`.trimEnd() : ''],
    ['running now', end.type === 'verdict' && end.running ? runningText(end.running) : ''],
    ['took', end.type === 'verdict' ? duration(end.seconds) : ''],
    ['deployment', `\`${deploymentId}\`${started.attached ? ' (attached: this run had started it)' : ''}`],
    ['execution', `[${plain(started.executionName)}](${consoleLink(executionArn)})`],
  ];
  return [
    `### ${action} ${plain(service)} → ${plain(environment)}`,
    '',
    end.type === 'verdict'
      ? plain(end.sentence)
      : `The deployment goes on. Run the job again to attach, or \`lockstep show ${deploymentId} --follow\`.`,
    '',
    ...table(
      ['', ''],
      rows.filter(([, text]) => text !== ''),
    ),
    '',
    ...(steps.length === 0
      ? []
      : table(
          ['step', 'status', 'time', ''],
          steps.map(({ step, status, seconds, summary }) => [
            step,
            status,
            status === 'skipped' ? '' : duration(seconds),
            plain(summary),
          ]),
        )),
    ...(end.type === 'verdict' && !isGood(end.verdict) ? whyLines(end) : []),
    '',
  ].join('\n');
}

export function errorSummary(sentence: string, remedy: string): string {
  return ['### Lockstep', '', plain(sentence), '', plain(remedy), ''].join('\n');
}

function whyLines({ failure, remedy, reason }: VerdictEvent): string[] {
  return [
    '',
    ...(failure || reason ? [`**Why** ${plain(failure?.sentence ?? reason ?? '')}`] : []),
    ...(failure && failure.evidence.length > 0 ? ['', ...fenced(failure.evidence)] : []),
    ...(remedy ? ['', `**Do** ${plain(remedy)}`] : []),
  ];
}

/** What `lockstep plan --json` prints. */
type PlanJson = Omit<Preview, 'plan' | 'refusals'> &
  Pick<Preview['plan'], 'running' | 'release' | 'commit' | 'subject' | 'rollbackTarget'> & {
    readonly type: 'plan';
    readonly refusals: readonly { sentence: string; remedy: string; evidence: readonly string[] }[];
  };

const COMMENT_WIDTH = 100;

/**
 * The Markdown of a plan. Its first line is a mark, by which a workflow finds the comment that it made before and
 * replaces it. Throws where the text is not a plan.
 */
export function planComment(text: string): string {
  const json = planOf(text);
  const { running, release, commit, subject, rollbackTarget } = json;
  const preview = {
    ...json,
    plan: { running, release, commit, subject, rollbackTarget },
    refusals: json.refusals.map(({ sentence, ...rest }) => ({ ...rest, message: sentence })),
  } as unknown as Preview;
  const screen = { write: () => {}, isTerminal: false, columns: COMMENT_WIDTH, colour: false };
  const lines = planLines(preview, screen);
  return [
    `<!-- lockstep-plan ${json.service}/${json.environment} -->`,
    `### plan ${plain(json.service)} → ${plain(json.environment)}`,
    '',
    // The last line is what `deploy` would do; its own back quotes are markup.
    lines.at(-1) ?? '',
    '',
    ...fenced(lines.slice(0, -1)),
    '',
  ].join('\n');
}

function planOf(text: string): PlanJson {
  const json = JSON.parse(text) as Partial<PlanJson> & { sentence?: string };
  if (json.type === 'plan') return json as PlanJson;
  throw new Error(json.sentence ?? 'it is not what `lockstep plan --json` prints');
}

function runningText(running: NonNullable<VerdictEvent['running']>): string {
  return `\`${shortName(running)}\` (${plain(running.revision)})`;
}

/** The execution in the console of AWS. */
function consoleLink(executionArn: string): string {
  const region = executionArn.split(':')[3];
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)];
}

/** A fence that is longer than any in the text. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines.flatMap((line) => line.split('\n')), fence];
}

/** Text without markup, in one line. After an `@` comes a blank of no width: nobody is notified by a commit's subject. */
export function plain(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('@', '@\u200b');
}

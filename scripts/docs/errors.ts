/** docs/errors.md: the table of errors, the verdicts and their exit codes. */
import { ERRORS, type ErrorEntry } from '../../core/errors.ts';
import { EXIT_STILL_RUNNING, EXIT_USAGE, endState, VERDICTS, type Verdict } from '../../core/verdict.ts';

const FAULTS: Readonly<Record<ErrorEntry['fault'], string>> = {
  user: 'in the request, the repository or the environment',
  aws: 'answered by AWS',
  bug: 'in Lockstep itself: please report it',
};

export function files(): Record<string, string> {
  const groups = Map.groupBy(Object.entries<ErrorEntry>(ERRORS), ([, entry]) => entry.verdict);
  const text = [
    '# Verdicts, exit codes and errors',
    '',
    '<!-- Generated from core/errors.ts and core/verdict.ts by `npm run docs`: do not edit. -->',
    '',
    'Every name below is what the state machine matches in `ErrorEquals`, what the journal keeps and what',
    '`lockstep explain NAME` explains. Words in braces are filled in when it happens.',
    '',
    '## Verdicts',
    '',
    '| verdict | exit code | ends in state | first sentence |',
    '|---|---|---|---|',
    ...Object.entries(VERDICTS).map(
      ([verdict, { exit, sentence }]) =>
        `| \`${verdict}\` | ${exit} | \`${endState(verdict as Verdict)}\` | ${sentence} |`,
    ),
    `| (usage or internal error of the command) | ${EXIT_USAGE} | | |`,
    `| (still running when \`--timeout\` or Ctrl-C ended the wait) | ${EXIT_STILL_RUNNING} | | the execution goes on |`,
    '',
    ...[...groups].flatMap(([verdict, entries]) => group(verdict, entries)),
  ];
  return { 'docs/errors.md': `${text.join('\n').trimEnd()}\n` };
}

function group(verdict: Verdict | null, entries: readonly (readonly [string, ErrorEntry])[]): string[] {
  return [
    verdict === null
      ? '## Errors of the command'
      : `## Errors that end as \`${verdict}\` when the service was not changed yet`.replace(
          /(rolled-back|needs-attention|superseded)` when.*/,
          '$1`',
        ),
    '',
    ...entries.flatMap(([name, entry]) => [
      `### ${name}`,
      '',
      text(entry.sentence),
      '',
      `- **Do:** ${text(entry.remedy)}`,
      `- **Where the fault is:** ${FAULTS[entry.fault]}${entry.retryable ? '; the same call may succeed a little later, and is tried again' : ''}`,
      '',
    ]),
  ];
}

/** Braces outside of code would be lost on no renderer, but `<` would. */
function text(template: string): string {
  const shown = template.replaceAll('<', '&lt;').replace(/\{([a-zA-Z]+)\}/g, '*{$1}*');
  return shown || '(said when it happens)';
}

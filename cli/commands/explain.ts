/** `lockstep explain CODE`: any error or verdict: what it means, why it happens, what to do. */
import { ERRORS, type ErrorName, entryOf, isErrorName } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { EXIT_USAGE, VERDICT_NAMES, VERDICTS, type Verdict } from '../../core/verdict.ts';
import { type Command, flag, problem } from '../command.ts';
import { wrapped } from '../render/screen.ts';

const FAULT = { user: 'what was asked for or released', aws: 'AWS', bug: 'Lockstep itself' } as const;

export const explain: Command = {
  name: 'explain',
  summary: 'say what an error, a verdict or a rule of the judge means, and what to do',
  usage: 'CODE',
  positionals: { least: 1, most: 1 },
  options: {},
  examples: [
    'lockstep explain HealthEndpointFailed',
    'lockstep explain rolled-back',
    'lockstep explain dropping-column',
  ],
  exits: {},
  async run(invocation) {
    const code = invocation.positionals[0] ?? '';
    const rules = await rulesNamed(code);
    const known = [...Object.keys(ERRORS), ...VERDICT_NAMES, ...rules.keys()];
    const name = known.find((candidate) => candidate.toLowerCase() === code.toLowerCase());
    if (!name) {
      const meant = nearest(code, known);
      throw problem(
        `"${code}" is no error, verdict or rule of Lockstep.${meant ? ` Did you mean ${meant}?` : ''}`,
        explain,
      );
    }
    const explained = rules.get(name) ?? (isErrorName(name) ? ofError(name) : ofVerdict(name as Verdict));
    process.stdout.write(
      flag(invocation, 'json')
        ? `${JSON.stringify({ type: 'explanation', code: name, ...explained })}\n`
        : text(name, explained),
    );
    return 0;
  },
};

/** The judge takes longer to load than the rest, and only names like `dropping-column` can be its rules. */
async function rulesNamed(code: string): Promise<ReadonlyMap<string, Explanation>> {
  if (!/^[a-z]+(-[a-z]+)+$/.test(code) || VERDICT_NAMES.some((verdict) => verdict === code)) return new Map();
  const { rules } = await import('../../judge/index.ts');
  return new Map(
    rules.map(({ id, finds, why, instead }) => [
      id,
      { what: finds, why, do: instead, exit: VERDICTS.refused.exit },
    ]),
  );
}

interface Explanation {
  readonly what: string;
  readonly why: string;
  readonly do: string;
  readonly exit: number;
}

function ofError(name: ErrorName): Explanation {
  const { sentence, remedy, fault, verdict, retryable } = entryOf(name);
  const ends = verdict
    ? `A deployment that meets it ends as ${verdict}.`
    : 'It is an error of the command alone; no deployment is touched.';
  return {
    what: sentence,
    why: `The cause lies with ${FAULT[fault]}.${retryable ? ' It may pass by itself.' : ''} ${ends}`,
    do: remedy,
    exit: verdict ? VERDICTS[verdict].exit : EXIT_USAGE,
  };
}

function ofVerdict(verdict: Verdict): Explanation {
  const { sentence, exit } = VERDICTS[verdict];
  return {
    what: sentence,
    why: 'It is the verdict of a deployment; the last line of its run says what is running now.',
    do: '`lockstep show ID` has the evidence.',
    exit,
  };
}

function text(name: string, explained: Explanation): string {
  const columns = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const row = (label: string, words: string) => wrapped(`  ${label.padEnd(6)}`, words, columns);
  const { what, why, exit } = explained;
  return [
    name,
    ...row('what', what),
    ...row('why', why),
    ...row('do', explained.do),
    ...row('exit', String(exit)),
    '',
  ].join('\n');
}

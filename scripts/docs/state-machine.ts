/** docs/state-machine.md: pictures and tables of the two state machines, from their files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineName } from '../../core/names.ts';
import { picture } from './state-machine-picture.ts';

export interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly TimeoutSeconds?: number;
  readonly Error?: string;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly ItemProcessor?: Machine;
}

export interface Machine {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const root = join(import.meta.dirname, '../..');

export function readMachine(name: MachineName): Machine {
  return JSON.parse(readFileSync(join(root, 'statemachine', `${name}.asl.json`), 'utf8')) as Machine;
}

export function files(): Record<string, string> {
  const deploy = readMachine('deploy');
  const recover = readMachine('recover');
  const schedule = readMachine('schedule');
  const each = Object.values(recover.States).find((state) => state.ItemProcessor)?.ItemProcessor;
  if (!each) throw new Error('recover.asl.json has no Map state.');
  const text = [
    '# The state machines',
    '',
    '<!-- Generated from statemachine/*.asl.json by `npm run docs`: do not edit. -->',
    '',
    'Standard workflows in JSONata. The files in `statemachine/` open in Workflow Studio; the CDK loads them, and the embedded AWS',
    'runs the very same ones. One name a step everywhere: the folder `lambdas/verify-health`, the state `VerifyHealth`, the function',
    '`lockstep-<environment>-verify-health`.',
    '',
    '## `deploy`',
    '',
    deploy.Comment ?? '',
    '',
    ...legend,
    '',
    '```mermaid',
    ...picture(deploy),
    '```',
    '',
    ...table(deploy),
    '',
    '### Ends',
    '',
    'A run that did not reach `succeeded` or `unchanged` ends in a `Fail` state: the colour in the console tells the truth. `Error` is the',
    'verdict, `Cause` the sentence that a person needs.',
    '',
    '| state | verdict | what it means |',
    '|---|---|---|',
    ...ends(deploy).map(
      ([name, state]) =>
        `| \`${name}\` | ${state.Error ? `\`${state.Error}\`` : 'good'} | ${state.Comment} |`,
    ),
    '',
    '## `recover`',
    '',
    recover.Comment ?? '',
    '',
    'Started by an EventBridge rule when an execution of `deploy` ends without success, and every five minutes by EventBridge Scheduler,',
    'because events may get lost. `FindOrphans` gives a list; each of its entries goes this way:',
    '',
    '```mermaid',
    ...picture(each),
    '```',
    '',
    ...table(each),
    '',
    '## `schedule`',
    '',
    schedule.Comment ?? '',
    '',
    'There only where the environment file has a `schedule`; [schedules.md](schedules.md) says what it does.',
    '',
    '```mermaid',
    ...picture(schedule),
    '```',
    '',
    ...table(schedule),
    '',
  ];
  return { 'docs/state-machine.md': text.join('\n') };
}

const legend = [
  'How to read it: a step with ↻ starts its work once and then looks at it, waits as long as it says itself, and looks again (Task → Choice →',
  'Wait, folded into one here). A dotted arrow is where an error leads (`Catch`); a box with a dotted arrow stands for every step in it.',
  'Retries of transient errors are not drawn.',
];

function ends(machine: Machine): [string, State][] {
  return Object.entries(machine.States).filter(([, { Type }]) => Type === 'Fail' || Type === 'Succeed');
}

function table(machine: Machine): string[] {
  const rows = Object.entries(machine.States).filter(
    ([, { Type }]) => Type !== 'Fail' && Type !== 'Succeed' && Type !== 'Wait',
  );
  return [
    '| state | kind | what it does | time-out | errors lead to |',
    '|---|---|---|---|---|',
    ...rows.map(([name, state]) => {
      const errors = (state.Catch ?? []).map(({ ErrorEquals, Next }) =>
        ErrorEquals.includes('States.ALL')
          ? `\`${Next}\``
          : `${ErrorEquals.map((error) => `\`${error}\``).join(', ')} → \`${Next}\``,
      );
      const seconds = state.TimeoutSeconds === undefined ? '' : `${state.TimeoutSeconds} s`;
      return `| \`${name}\` | ${state.Type} | ${state.Comment ?? ''} | ${seconds} | ${errors.join('; else ')} |`;
    }),
  ];
}

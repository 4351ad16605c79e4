/** `lockstep verify`: whether everything is there that a deployment to an environment needs. */
import { type Branch, problemsIn } from '../../core/verify.ts';
import { type Command, flag, text } from '../command.ts';
import { openEnvironment } from '../open.ts';
import { PAINT, painter, wrapped } from '../render/screen.ts';
import { type Screen, screenOf } from '../render/text.ts';
import { serviceName } from '../target.ts';

const NAME = 16;

export const verify: Command = {
  name: 'verify',
  summary: 'look whether everything is there that a deployment needs',
  usage: '--environment NAME [--service NAME]',
  options: {},
  examples: [
    'lockstep verify --environment production',
    'lockstep verify --environment production --service backend',
    'lockstep verify --environment dev --json',
  ],
  exits: { 10: 'something is missing: a deployment would be refused or fail' },
  async run(invocation) {
    const { cloud, environment, environmentName } = await openEnvironment(invocation);
    const services =
      text(invocation, 'service') === undefined
        ? Object.keys(environment.services)
        : [serviceName(invocation, environment, environmentName)];
    const screen = screenOf(process.stdout, invocation.variables);
    const json = flag(invocation, 'json');
    const { verify: branchesOf } = await import('../verify.ts');
    const branches: Branch[] = [];
    for await (const branch of branchesOf(cloud, environment, services)) {
      if (!json) screen.write(lines(branch, branches.length > 0, screen));
      branches.push(branch);
    }
    const count = problemsIn(branches);
    if (json)
      screen.write(
        `${JSON.stringify({ type: 'verification', environment: environmentName, problems: count, branches })}\n`,
      );
    else
      screen.write(count === 0 ? 'All is there.\n' : `${count} ${count === 1 ? 'problem' : 'problems'}.\n`);
    return count === 0 ? 0 : 10;
  },
};

function lines({ name, checkpoints }: Branch, inner: boolean, screen: Screen): string {
  const paint = painter(screen);
  const indent = inner ? '    ' : '  ';
  const colours = { OK: PAINT.good, NG: PAINT.bad, SKIP: PAINT.dim } as const;
  const width = NAME + (inner ? 0 : 2);
  return [
    `${inner ? '  ' : ''}${name}`,
    ...checkpoints.flatMap(({ name: what, status, detail, remedy }) => {
      const label = `${indent}${what.padEnd(width)} ${status.padEnd(4)}  `;
      const [first = '', ...more] = wrapped(label, detail, screen.columns);
      return [
        first.replace(status, paint(status, colours[status])),
        ...more,
        ...(remedy ? wrapped(`${' '.repeat(label.length)}do: `, remedy, screen.columns) : []),
      ];
    }),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

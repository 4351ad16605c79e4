/** `lockstep check`: whether a service is healthy now, or every service of the environment. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CHECK_EXITS, judgeCheck } from '../../core/check.ts';
import { type Command, flag, type Invocation, text } from '../command.ts';
import { environmentFilesAt, readEnvironment } from '../environments.ts';
import { checkLines } from '../render/check.ts';
import { screenOf } from '../render/text.ts';
import { durationOf, environmentName, serviceName } from '../target.ts';

const INTERVAL = '5s';

export const check: Command = {
  name: 'check',
  summary: 'say whether a service is healthy: tasks, targets, answers, database, load',
  usage: '[--service NAME] --environment NAME [--watch [--interval TIME]]',
  options: {
    watch: { type: 'boolean', description: 'look again and again, until Ctrl-C' },
    interval: { type: 'string', value: 'TIME', description: `time between two looks (${INTERVAL})` },
    timeout: { type: 'string', value: 'TIME', description: 'end --watch after this time (90s, 10m)' },
  },
  examples: [
    'lockstep check --service backend --environment production',
    'lockstep check --environment production --json',
    'lockstep check --service backend --environment dev --watch',
  ],
  exits: { 20: 'degraded: it serves, and something is wrong', 21: 'down: it does not serve' },
  async run(invocation) {
    const name = environmentName(invocation);
    const { environment } = await readEnvironment(environmentFilesAt(invocation.directory), name);
    const services =
      text(invocation, 'service') === undefined
        ? Object.keys(environment.services)
        : [serviceName(invocation, environment, name)];
    const screen = screenOf(process.stdout, invocation.variables);
    const json = flag(invocation, 'json');
    // The first line stands before anything is asked: whoever waits knows for what.
    if (!json)
      process.stdout.write(`checking ${services.join(', ')} in ${name} (${environment.aws.region}) …\n`);
    const [{ openCloud }, { lookAtService }] = await Promise.all([
      import('../cloud.ts'),
      import('../check.ts'),
    ]);
    const { variables, directory } = invocation;
    const cloud = await openCloud({ environment, environmentName: name, variables, directory });
    const look = async (): Promise<number> => {
      const checks = await Promise.all(
        services.map((service) => lookAtService({ cloud, environment, service })),
      );
      const judged = checks.map((seen) => ({ seen, result: judgeCheck(seen) }));
      if (flag(invocation, 'watch') && screen.isTerminal) process.stdout.write('\u001b[H\u001b[J');
      for (const { seen, result } of judged) {
        process.stdout.write(
          json
            ? `${JSON.stringify({ type: 'check', ...result, ...seen })}\n`
            : `${checkLines(seen, result, screen, Date.now()).join('\n')}\n`,
        );
      }
      return Math.max(...judged.map(({ result }) => CHECK_EXITS[result.status]));
    };
    return flag(invocation, 'watch') ? watch(look, invocation) : look();
  },
};

/** The exit code is that of the last look. */
async function watch(look: () => Promise<number>, invocation: Invocation): Promise<number> {
  const interval = durationOf(text(invocation, 'interval') ?? INTERVAL, 'interval');
  const timeout = text(invocation, 'timeout');
  const until =
    timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + durationOf(timeout, 'timeout');
  for (;;) {
    const code = await look();
    if (Date.now() >= until) return code;
    try {
      await sleep(interval, undefined, { signal: invocation.signal });
    } catch {
      return code;
    }
  }
}

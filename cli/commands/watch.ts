/** `lockstep watch logs|metrics`: what a service says, and how busy it is, once or as it goes on. */
import { nearest } from '../../core/nearest.ts';
import { type Command, flag, type Invocation, problem } from '../command.ts';

const SUBJECTS = ['logs', 'metrics'] as const;

export const watch: Command = {
  name: 'watch',
  summary: 'show the logs or the metrics of a service, once or live',
  usage: 'logs|metrics --service NAME --environment NAME [--follow] [--since TIME] …',
  positionals: { least: 1, most: 1 },
  options: {
    follow: { type: 'boolean', description: 'go on, until Ctrl-C' },
    since: {
      type: 'string',
      value: 'TIME',
      description: 'from so long ago (10m, 2h), or from a time (ISO 8601)',
    },
    until: { type: 'string', value: 'TIME', description: 'up to then, likewise; now where it is left out' },
    filter: {
      type: 'string',
      value: 'PATTERN',
      description: 'logs: only lines that match (CloudWatch’s pattern syntax)',
    },
    task: {
      type: 'string',
      value: 'ID',
      description: 'logs: only this task; the beginning of its id is enough',
    },
    deployment: {
      type: 'string',
      value: 'ID',
      description: 'logs: only tasks of the release of this deployment',
    },
    raw: { type: 'boolean', description: 'logs: lines as they were written' },
    namespace: {
      type: 'string',
      value: 'NAME',
      description: 'metrics: those of this namespace of yours too (Backend)',
    },
    timeout: { type: 'string', value: 'TIME', description: 'end --follow after this time' },
  },
  examples: [
    'lockstep watch logs --service backend --follow',
    'lockstep watch logs --service backend --since 10m --filter "ERROR"',
    'lockstep watch metrics --service backend --since 3h',
  ],
  exits: {},
  async run(invocation: Invocation) {
    const subject = invocation.positionals[0] ?? '';
    if (subject === 'logs') return (await import('../watch/logs-verb.ts')).watchLogs(invocation);
    if (subject === 'metrics') {
      for (const name of ['filter', 'task', 'deployment'])
        if (invocation.options[name] !== undefined) throw problem(`--${name} is for logs.`, watch);
      if (flag(invocation, 'raw')) throw problem('--raw is for logs.', watch);
      return (await import('../watch/metrics-verb.ts')).watchMetrics(invocation);
    }
    const meant = nearest(subject, SUBJECTS);
    throw problem(
      `"${subject}" cannot be watched; logs and metrics can.${meant ? ` Did you mean ${meant}?` : ''}`,
      watch,
    );
  },
};

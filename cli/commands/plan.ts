/** `lockstep plan`: what `deploy` would do, on one page. Changes nothing. */
import { entryOf } from '../../core/errors.ts';
import { EXIT_STILL_RUNNING, EXIT_USAGE, VERDICTS } from '../../core/verdict.ts';
import { type Command, flag, text } from '../command.ts';
import { openCommit } from '../open.ts';
import type { Preview } from '../plan.ts';
import { planLines } from '../render/plan.ts';
import { screenOf } from '../render/text.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'say what `deploy` would do, and what it would refuse; change nothing',
  usage: '--service NAME --environment NAME [--commit COMMIT | --image-tag TAG]',
  options: {
    commit: {
      type: 'string',
      value: 'COMMIT',
      description: 'what would be released; HEAD where it is left out',
    },
    'image-tag': {
      type: 'string',
      value: 'TAG',
      description: 'plan the release of this image, as `update` would',
    },
    'allow-older': { type: 'boolean', description: 'as with `deploy`' },
    'override-freeze': { type: 'string', value: 'WHY', description: 'as with `deploy`' },
  },
  examples: [
    'lockstep plan --service backend --environment production',
    'lockstep plan --service backend --environment production --image-tag a1b2c3d',
    'lockstep plan --environment production --json',
  ],
  exits: {
    10: '`deploy` would be refused',
    16: '`deploy` would wait for a person to approve its migrations',
  },
  async run(invocation) {
    const opened = await openCommit(invocation);
    const screen = screenOf(process.stdout, invocation.variables);
    if (screen.isTerminal && !flag(invocation, 'json'))
      process.stderr.write('looking at the service and judging what is pending …\n');
    const { previewOf } = await import('../plan.ts');
    const preview = await previewOf(opened, {
      imageTag: text(invocation, 'image-tag'),
      allowOlder: flag(invocation, 'allow-older'),
      overridesFreeze: text(invocation, 'override-freeze') !== undefined,
    });
    process.stdout.write(
      flag(invocation, 'json')
        ? `${JSON.stringify(jsonOf(preview))}\n`
        : `${planLines(preview, screen).join('\n')}\n`,
    );
    return exitOf(preview);
  },
};

/** What `deploy` would end with: its first refusal decides; and one that waits for a person has not ended. */
export function exitOf({ refusals: [first], migration }: Preview): number {
  if (!first) return migration?.result?.verdict === 'needs-approval' ? EXIT_STILL_RUNNING : 0;
  const { verdict } = entryOf(first.error);
  return verdict === null ? EXIT_USAGE : VERDICTS[verdict].exit;
}

function jsonOf(preview: Preview) {
  const { plan, migration, refusals, ...rest } = preview;
  return {
    type: 'plan',
    ...rest,
    commit: plan.commit,
    subject: plan.subject,
    running: plan.running,
    release: plan.release,
    tag: plan.tag,
    rollbackTarget: plan.rollbackTarget,
    steps: plan.steps,
    migration,
    refusals: refusals.map((refusal) => ({
      error: refusal.error,
      sentence: refusal.message,
      remedy: refusal.remedy,
      evidence: refusal.evidence,
    })),
  };
}

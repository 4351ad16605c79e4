/** docs/troubleshooting.md: the guide's cases in the words that the command uses for them. */
import { entryOf } from '../../core/errors.ts';
import { TROUBLE, type TroubleCase } from '../../core/troubleshooting.ts';

export function files(): Record<string, string> {
  const text = [
    '# Troubleshooting',
    '',
    '<!-- Generated from core/troubleshooting.ts and core/errors.ts by `npm run docs`: do not edit. -->',
    '',
    'Each case is recognised from what it leaves behind (log lines, stop reasons, answers) where it occurs, and named with',
    'its remedy. Words in braces are filled in when it happens; `lockstep explain NAME` says the same.',
    '',
    ...TROUBLE.flatMap(section),
  ];
  return { 'docs/troubleshooting.md': `${text.join('\n').trimEnd()}\n` };
}

function section({ title, shows, errors, besides }: TroubleCase): string[] {
  return [
    `## ${title}`,
    '',
    `Shows in ${shows}.`,
    '',
    ...errors.flatMap((name) => {
      const { sentence, remedy } = entryOf(name);
      return [`- \`${name}\`: ${sentence}${remedy ? `  \n  Do: ${remedy}` : ''}`];
    }),
    ...(errors.length > 0 ? [''] : []),
    ...(besides ? [besides, ''] : []),
  ];
}

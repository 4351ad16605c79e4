import { namedRule } from './rule.ts';

export default namedRule({
  id: 'history-disagreeing',
  finds:
    'The release’s migrations and the database’s `_prisma_migrations` disagree: edited, failed, half applied, ahead, baseline missing, locked.',
  why: '`prisma migrate status` answers 0 for an edited file and for a database that is ahead; Lockstep compares the checksums itself.',
  instead:
    'Each finding names what is true in the database and the commands that mend it; `lockstep migrations status` shows them.',
});

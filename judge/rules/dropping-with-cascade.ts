import { isNew } from './context.ts';
import { rule } from './rule.ts';

const followers = /^(index|sequence|toast|type) /;
const elsewhere = new Set(['schema', 'type', 'domain', 'extension']);

export default rule({
  id: 'dropping-with-cascade',
  finds: 'CASCADE where something is dropped: what depends on it goes too, unseen.',
  why: 'Views, foreign keys and columns that nobody named in the migration are dropped, and their tables are locked.',
  instead: 'Name what shall go, in an order that needs no CASCADE.',
  on: ['drop', 'drop-column', 'drop-constraint'],
  judge: (action, context) => {
    if (!action.cascade || (action.do === 'drop' && elsewhere.has(action.what))) return undefined;
    const own = action.do === 'drop' ? action.names : [action.table];
    if (own.every((name) => isNew(context, name))) return undefined;
    const seen = context.rehearsed?.outcome === 'ok' ? context.rehearsed : undefined;
    const dropped =
      seen?.dropped.filter(
        (name) => !own.some((mine) => name.endsWith(` ${mine}`)) && !followers.test(name),
      ) ?? [];
    const locked = context.effects
      .filter((effect) => effect.lock === 'ACCESS EXCLUSIVE' && !own.includes(effect.table))
      .map((effect) => effect.table);
    const others = [
      ...new Set([
        ...dropped,
        ...locked.filter((table) => !dropped.some((name) => name.endsWith(` ${table}`))),
      ]),
    ];
    if (others.length > 0)
      return {
        severity: 'needs-approval',
        why: `It also drops or changes ${others.join(', ')}.`,
        help: 'Name what shall go; leave CASCADE out.',
        consequences: ['downtime', 'no-rollback'],
      };
    return seen || context.history
      ? undefined
      : {
          severity: 'notice',
          why: 'What depends on it is dropped as well; what that is cannot be seen from here.',
        };
  },
});

import { namedRule } from './rule.ts';

export default namedRule({
  id: 'allowing-wrongly',
  finds:
    'A lockstep:allow comment that gives no reason, names no rule that exists, cannot be read, or has expired.',
  why: 'An allowance that nobody can explain later is worse than none. One that has expired counts as absent.',
  instead: '-- lockstep:allow RULE reason="why this is fine here" until=2026-12-31',
});

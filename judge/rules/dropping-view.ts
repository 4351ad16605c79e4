import type { Severity } from '../../core/migrations.ts';
import { isNew } from './context.ts';
import { taking } from './old-code.ts';
import { type Judged, rule } from './rule.ts';

export default rule({
  id: 'dropping-view',
  finds: 'A view or materialized view is dropped.',
  why: 'Whatever reads it fails (P2021). A materialized view must be filled anew to bring it back.',
  instead: 'Drop it in the release after the one that stopped reading it.',
  on: ['drop'],
  judge: (action, context) => {
    if (action.what !== 'view' && action.what !== 'materialized-view') return undefined;
    return action.names.flatMap((name): Judged[] => {
      if (isNew(context, name)) return [];
      const again = context.later.some(
        (placed) =>
          placed.file === context.file &&
          placed.statement.actions.some((other) => other.do === 'create-view' && other.view === name),
      );
      const weight = taking(context, name, name, undefined, 'P2021');
      // Dropped and made again is how a view is changed: it fails for a moment only.
      const severity: Severity = !again
        ? weight.severity
        : weight.severity === 'blocked'
          ? 'needs-approval'
          : 'notice';
      const why = again
        ? `${name} is dropped and made again: between the two statements its readers fail, unless both are in one transaction.`
        : weight.sentence;
      return [{ table: name, severity, why, consequences: severity === 'notice' ? [] : weight.consequences }];
    });
  },
});

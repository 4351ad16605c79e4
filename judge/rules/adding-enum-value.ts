import { rule } from './rule.ts';

export default rule({
  id: 'adding-enum-value',
  finds: 'A value is added to an enum that the release which runs now knows without it.',
  why: 'It is brief and locks no table. But as soon as the new release has written the value, the old one cannot read that row (P2023): there is no way back then.',
  instead:
    'Add the value in one release, and write it from the release after that: the rollback target then knows it.',
  on: ['add-enum-value'],
  judge: (action, context) => {
    const made = context.earlier.some((placed) =>
      placed.statement.actions.some((other) => other.do === 'create-enum' && other.type === action.type),
    );
    if (made || !context.oldClient) return undefined;
    const entry = [...context.oldClient.enums.values()].find((candidate) => candidate.type === action.type);
    if (!entry || entry.values.some((value) => value.stored === action.value)) return undefined;
    const used = [...context.oldClient.models.values()].some((model) =>
      model.fields.some((field) => field.kind === 'enum' && field.type === entry.name),
    );
    if (!used) return undefined;
    return {
      severity: 'needs-approval',
      why: `From the first row that the new release writes with '${action.value}', the release that runs now cannot read it (P2023): there is no way back then.`,
      help: 'Release the value now and write it from the next release on.',
      consequences: ['no-rollback'],
    };
  },
});

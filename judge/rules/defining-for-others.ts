import { rule } from './rule.ts';

export default rule({
  id: 'defining-for-others',
  finds: 'A SECURITY DEFINER function that does not set its own search_path.',
  why: "It runs with its owner's rights and looks for names where the caller says: whoever may make objects in any schema can put his own in front and have them run as the owner.",
  instead:
    '`SET search_path = pg_catalog, pg_temp` (or the schemas that it needs, pg_temp last) in the function’s definition.',
  on: ['create-function'],
  judge: ({ name, definer, searchPath }) =>
    definer && !searchPath
      ? {
          severity: 'notice',
          why: `${name} runs with its owner's rights and finds names where its caller says.`,
          help: 'Add SET search_path = pg_catalog, pg_temp to its definition.',
        }
      : undefined,
});

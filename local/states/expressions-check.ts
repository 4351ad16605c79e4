/** Checks of the JSONata in a definition that need no run: does it parse, and does it read only what there is. */
import type { Diagnostics } from './diagnostics.ts';
import { parseExpression } from './expression.ts';
import type { Json } from './json.ts';
import { readsStates, topLevelReferences, variablesIn } from './syntax-tree.ts';
import { expressionsIn } from './template.ts';

/** `at` is where the field stands; `inCatch` allows `$states.errorOutput`. */
export function checkExpressions(value: Json, at: string, inCatch: boolean, found: Diagnostics): void {
  for (const { location, source } of expressionsIn(value, at)) {
    try {
      const { tree } = parseExpression(source);
      for (const name of topLevelReferences(tree)) {
        found.add(
          'UNSUPPORTED_JSONATA_EXPRESSION',
          `Reference to '${name}' at the top level is not supported.`,
          location,
        );
      }
      if (!inCatch && readsStates(tree, 'errorOutput')) {
        found.add(
          'UNSUPPORTED_JSONATA_EXPRESSION',
          `Reference to '$states.errorOutput' is only supported in a Catch.`,
          location,
        );
      }
    } catch (error) {
      // AWS gives JSONata's message without its code.
      found.add('INVALID_JSONATA_EXPRESSION', (error as { message: string }).message, location);
    }
  }
}

/** The variables that the expressions of a value read; expressions that do not parse read none. */
export function variablesRead(value: Json): string[] {
  return [...expressionsIn(value, '')].flatMap(({ source }) => {
    try {
      return variablesIn(parseExpression(source).tree);
    } catch {
      return [];
    }
  });
}

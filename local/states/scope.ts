/** What the expressions of a state see while it runs. */
import type { Bindings } from './expression.ts';
import type { Json } from './json.ts';

export interface Scope {
  /** The state's raw input. */
  readonly input: Json;
  /** Made when it is asked for: most states never read it. */
  context(): Json;
  readonly variables: { readonly [name: string]: Json };
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the task, the branches or the iterations gave. */
  readonly result?: Json;
  /** `{Error, Cause}`, in a catcher. */
  readonly errorOutput?: Json;
}

export function bindings(scope: Scope): Bindings {
  const { input, variables, now } = scope;
  return {
    variables,
    now,
    states: {
      input,
      get context() {
        return scope.context();
      },
      ...(scope.result === undefined ? {} : { result: scope.result }),
      ...(scope.errorOutput === undefined ? {} : { errorOutput: scope.errorOutput }),
    },
  };
}

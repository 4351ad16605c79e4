/** What is wrong with a definition, in the form and the words of the real service. */

export interface Diagnostic {
  readonly severity: 'ERROR';
  readonly code:
    | 'INVALID_JSON_DESCRIPTION'
    | 'SCHEMA_VALIDATION_FAILED'
    | 'MISSING_TRANSITION_TARGET'
    | 'MISSING_END_STATE'
    | 'DUPLICATE_STATE_NAME'
    | 'INVALID_JSONATA_EXPRESSION'
    | 'UNSUPPORTED_JSONATA_EXPRESSION'
    /** AWS would take it; this interpreter does not run it. */
    | 'NOT_SUPPORTED_HERE';
  readonly message: string;
  /** A JSON pointer, with `[n]` for items: `/States/Wait/Choices[0]/Next`. */
  readonly location?: string;
}

/** Takes down problems as they are found. */
export class Diagnostics {
  readonly list: Diagnostic[] = [];

  add(code: Diagnostic['code'], message: string, location?: string): void {
    this.list.push({
      severity: 'ERROR',
      code,
      message,
      ...(location === undefined ? {} : { location }),
    });
  }

  schema(message: string, location: string): void {
    this.add('SCHEMA_VALIDATION_FAILED', message, location);
  }
}

/** The sentence with which CreateStateMachine refuses: recorded, a diagnostic without a location says `null`. */
export function describeDiagnostics(list: readonly Diagnostic[]): string {
  const each = list.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`);
  return `Invalid State Machine Definition: '${each.join(', ')}'`;
}

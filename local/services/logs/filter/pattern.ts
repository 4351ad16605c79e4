/**
 * CloudWatch Logs' filter patterns, whole: terms, JSON, space-delimited events and regular expressions.
 * Source: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail" of the
 * CloudWatch Logs user guide; the sentences of the errors are those that the service answers.
 */
import { parseFields } from './fields.ts';
import { parseJson } from './json.ts';
import { invalid } from './scanner.ts';
import { parseTerms } from './terms.ts';

/** What a pattern found in an event: values by selector, `$.latency` for JSON or `$bytes` for fields. */
export interface Match {
  value(selector: string): string | number | undefined;
}

export interface Pattern {
  /** Metric filters may take values and dimensions only from events that have named parts. */
  readonly namesParts: boolean;
  /** Undefined where the event does not match. */
  match(message: string): Match | undefined;
}

const NOTHING: Match = { value: () => undefined };

/** Throws `InvalidParameterException` for what CloudWatch Logs refuses. */
export function parsePattern(text: string): Pattern {
  if (text.length > 1024) {
    throw invalid(
      `1 validation error detected: Value at 'filterPattern' failed to satisfy constraint: Member must have length less than or equal to 1024`,
    );
  }
  const trimmed = text.trim();
  if (trimmed === '') return { namesParts: false, match: () => NOTHING };
  if (trimmed.startsWith('{')) {
    if (!trimmed.endsWith('}')) throw invalid("If a filter pattern starts with '{' it must end with '}'");
    return parseJson(trimmed.slice(1, -1));
  }
  if (trimmed.startsWith('[')) {
    if (!trimmed.endsWith(']')) throw invalid("If a filter pattern starts with '[' it must end with ']'");
    return parseFields(trimmed.slice(1, -1));
  }
  const matches = parseTerms(trimmed);
  return { namesParts: false, match: (message) => (matches(message) ? NOTHING : undefined) };
}

/** What a target gets of an event: all of it, a part, a constant, or a template filled with parts. */
import { AwsError } from '../../service.ts';
import type { StoredTarget } from './model.ts';

export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** `2026-11-24T03:00:00Z` */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export interface RuleName {
  readonly name: string;
  readonly arn: string;
}

/** The JSON text for a target; undefined where the part that it wants is not in the event. */
export function inputOf(
  target: StoredTarget,
  event: BusEvent,
  rule: RuleName,
  ingested: number,
): string | undefined {
  if (target.input !== undefined) return target.input;
  if (target.inputPath !== undefined) {
    const part = select(event, target.inputPath);
    return part === undefined ? undefined : JSON.stringify(part);
  }
  if (target.inputTransformer) return transform(target.inputTransformer, event, rule, ingested);
  return JSON.stringify(event);
}

/** `$.detail.items[0].id` and `$.detail['detail-type']`: what EventBridge takes of JSONPath. */
export function parsePath(path: string): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  const expression = /\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/y;
  expression.lastIndex = 1;
  while (path.startsWith('$') && expression.lastIndex < path.length) {
    const found = expression.exec(path);
    if (!found) break;
    steps.push(found[2] === undefined ? (found[1] ?? found[3] ?? '') : Number(found[2]));
    if (expression.lastIndex === path.length) return steps;
  }
  if (path === '$') return steps;
  throw new AwsError(
    'ValidationException',
    `Invalid InputPath for target: ${path} is not a supported JSONPath.`,
  );
}

function select(event: unknown, path: string): unknown {
  let value = event;
  for (const step of parsePath(path)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function transform(
  transformer: NonNullable<StoredTarget['inputTransformer']>,
  event: BusEvent,
  rule: RuleName,
  ingested: number,
): string {
  const values: Record<string, unknown> = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': new Date(ingested).toISOString(),
    'aws.events.event': withoutDetail(event),
    'aws.events.event.json': event,
  };
  for (const [name, path] of Object.entries(transformer.paths)) values[name] = select(event, path);
  return fill(transformer.template, values);
}

function withoutDetail({ detail: _detail, ...event }: BusEvent): object {
  return event;
}

/**
 * Puts values in the place of `<name>`: as JSON where the template is outside of quotes, and as bare text within them.
 * A name without a value leaves nothing behind.
 */
function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  let quoted = false;
  let filled = '';
  for (const part of template.match(/<[\w.-]+>|\\.|[\s\S]/g) ?? []) {
    const name = /^<([\w.-]+)>$/.exec(part)?.[1];
    if (name !== undefined && name in values) filled += textOf(values[name], quoted);
    else {
      if (part === '"') quoted = !quoted;
      filled += part;
    }
  }
  return filled;
}

function textOf(value: unknown, quoted: boolean): string {
  if (value === undefined) return '';
  if (!quoted) return JSON.stringify(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}

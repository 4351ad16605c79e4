/**
 * Finds the operation of a REST request by the URI templates of the SDK's schemas. Several operations of S3 share
 * method and path (`PUT /{Key+}` is PutObject, CopyObject, UploadPart and more): the one whose required query
 * parameters and headers are all there, and which requires most of them, is meant.
 */
import type { NormalizedSchema } from '@smithy/core/schema';
import { type OperationModel, requiredMembers, type ServiceModel } from './model.ts';
import type { WireRequest } from './wire.ts';

type RoutedRequest = Pick<WireRequest, 'method' | 'path' | 'query' | 'headers' | 'bucket'>;

interface Template {
  readonly operation: OperationModel;
  readonly method: string;
  readonly segments: readonly string[];
  /** Query parameters that are part of the template; undefined where any value will do. */
  readonly query: readonly [key: string, value: string | undefined][];
  /** What the template's `x-id` says: the SDKs send it, other clients do not. */
  readonly id: string | undefined;
  readonly requiredQuery: readonly string[];
  readonly requiredHeaders: readonly string[];
  /** Whether the operation is about a bucket, which is no part of S3's templates. */
  readonly bucket: boolean;
}

const templates = new WeakMap<ServiceModel, readonly Template[]>();

export function routeRest(model: ServiceModel, request: RoutedRequest): OperationModel | undefined {
  let known = templates.get(model);
  if (!known) {
    known = [...model.operations.values()].flatMap((operation) => templateOf(operation) ?? []);
    templates.set(model, known);
  }
  let best: { template: Template; score: number } | undefined;
  for (const template of known) {
    if (!matches(template, request)) continue;
    const score = scoreOf(template, model, request);
    if (!best || score > best.score) best = { template, score };
  }
  return best?.template.operation;
}

/** The path's labels, decoded, by member name; `Bucket` too. */
export function labelsOf(operation: OperationModel, request: RoutedRequest): Record<string, string> {
  const template = templateOf(operation);
  const labels: Record<string, string> = {};
  if (request.bucket !== undefined) labels['Bucket'] = request.bucket;
  if (!template) return labels;
  const path = segmentsOf(request.path);
  template.segments.forEach((segment, index) => {
    if (!segment.startsWith('{')) return;
    const greedy = segment.endsWith('+}');
    const name = segment.slice(1, greedy ? -2 : -1);
    const rest = path.length - (template.segments.length - 1 - index);
    const text = greedy ? path.slice(index, rest).join('/') : (path[index] ?? '');
    labels[name] = decodeLabel(text);
  });
  return labels;
}

function decodeLabel(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function templateOf(operation: OperationModel): Template | undefined {
  if (!operation.http) return undefined;
  const [method, uri] = operation.http;
  const [path = '/', search = ''] = uri.split('?');
  const query: [string, string | undefined][] = [];
  let id: string | undefined;
  for (const part of search.split('&').filter(Boolean)) {
    const [key = '', value] = part.split('=');
    if (key === 'x-id') id = value;
    else query.push([key, value]);
  }
  const requiredQuery: string[] = [];
  const requiredHeaders: string[] = [];
  let bucket = false;
  for (const [name, traits] of requiredTraits(operation.input)) {
    if (traits.httpQuery) requiredQuery.push(traits.httpQuery);
    if (traits.httpHeader) requiredHeaders.push(traits.httpHeader.toLowerCase());
    if (name === 'Bucket' && traits.httpLabel && !path.includes('{Bucket}')) bucket = true;
  }
  return { operation, method, segments: segmentsOf(path), query, id, requiredQuery, requiredHeaders, bucket };
}

function requiredTraits(input: NormalizedSchema) {
  return requiredMembers(input).map((name) => {
    const traits = input.getMemberSchema(name).getMergedTraits();
    return [name, traits as { httpQuery?: string; httpHeader?: string; httpLabel?: unknown }] as const;
  });
}

function segmentsOf(path: string): string[] {
  const trimmed = path.startsWith('/') ? path.slice(1) : path;
  return trimmed === '' ? [] : trimmed.split('/');
}

function matches(template: Template, request: RoutedRequest): boolean {
  if (template.method !== request.method) return false;
  if (template.bucket !== (request.bucket !== undefined)) return false;
  if (!matchesPath(template.segments, segmentsOf(request.path))) return false;
  for (const [key, value] of template.query) {
    if (!request.query.has(key) || (value !== undefined && request.query.get(key) !== value)) return false;
  }
  return (
    template.requiredQuery.every((key) => request.query.has(key)) &&
    template.requiredHeaders.every((name) => request.headers[name] !== undefined)
  );
}

function matchesPath(segments: readonly string[], path: readonly string[]): boolean {
  for (const [index, segment] of segments.entries()) {
    if (segment.endsWith('+}')) return path.length >= segments.length;
    const actual = path[index];
    if (actual === undefined) return false;
    if (segment.startsWith('{')) {
      if (actual === '') return false;
    } else if (segment !== actual) return false;
  }
  return path.length === segments.length || (path.length === segments.length + 1 && path.at(-1) === '');
}

/** Specific before general; then what the client names by `x-id`; then what is emulated at all. */
function scoreOf(template: Template, model: ServiceModel, request: RoutedRequest): number {
  const literal = template.segments.filter((segment) => !segment.startsWith('{')).length;
  const greedy = template.segments.some((segment) => segment.endsWith('+}')) ? 0 : 1;
  const specific = template.query.length + template.requiredQuery.length + template.requiredHeaders.length;
  const named = template.id !== undefined && request.query.get('x-id') === template.id ? 1 : 0;
  const emulated = model.service.operations[template.operation.name] ? 1 : 0;
  return specific * 1000 + literal * 100 + greedy * 10 + named * 2 + emulated;
}

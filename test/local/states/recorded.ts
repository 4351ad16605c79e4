/** Replays a recording of the real service: the machine as it was, functions that behave as they did, virtual time. */
import { VirtualClock } from '../../../local/clock.ts';
import { detailsMember, type Event } from '../../../local/states/history.ts';
import type { Json, JsonObject } from '../../../local/states/json.ts';
import { readFunctionAnswer } from '../../../local/states/lambda.ts';
import type { Run } from '../../../local/states/run.ts';
import type { TaskAnswer, TaskCall } from '../../../local/states/tasks.ts';
import { play } from './play.ts';

export interface Recording {
  readonly name: string;
  readonly definition: JsonObject;
  readonly input: Json;
  readonly lambda: Readonly<Record<string, Behaviour>> | null;
  readonly notes?: readonly string[];
  readonly expected: {
    readonly status: string;
    readonly output?: Json;
    readonly error?: string;
    readonly cause?: Json;
    readonly events: readonly Readonly<Record<string, Json>>[];
  };
}

interface Behaviour {
  readonly behaviour: string;
  readonly value?: Json;
}

export function replay({ definition, input, lambda }: Recording): Promise<Run> {
  const clock = new VirtualClock();
  return play(definition, input, { call: (call) => callFunction(call, lambda ?? {}, clock) }, clock);
}

/** A function is named by its name or by its ARN, which ends in it. */
async function callFunction(
  call: TaskCall,
  functions: Readonly<Record<string, Behaviour>>,
  clock: VirtualClock,
): Promise<TaskAnswer> {
  const { resource, arguments: given } = call;
  const byArn = resource.kind === 'function';
  const parameters = given as JsonObject;
  const named = byArn ? resource.arn : String(parameters['FunctionName']);
  const name = named.split(':').at(-1) ?? named;
  const behaviour = functions[name] ?? functions[named];
  if (!behaviour) {
    return {
      error: 'Lambda.ResourceNotFoundException',
      cause: `Function not found: ${named} (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: <uuid:1>; Proxy: null)`,
    };
  }
  const event = byArn ? given : (parameters['Payload'] ?? {});
  const answer = { executedVersion: '$LATEST', requestId: '<uuid:1>', at: clock.now() };
  const { behaviour: kind, value } = behaviour;
  if (/raise|throw|fail/.test(kind)) {
    const error = { ...(value as JsonObject), requestId: '<uuid:1>', stackTrace: ['somewhere'] };
    return readFunctionAnswer(resource, { ...answer, failed: true, payload: asPython(error) });
  }
  if (/sleep|wait|never|time/.test(kind)) {
    await clock.sleep((typeof value === 'number' ? value : 900) * 1000, call.signal);
  }
  const returned = /event|identity/.test(kind) ? event : (value ?? null);
  return readFunctionAnswer(resource, { ...answer, failed: false, payload: asPython(returned) });
}

/** The recorded functions were written in Python, whose JSON has blanks after colons and commas. */
function asPython(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(asPython).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${asPython(member)}`);
  return `{${members.join(', ')}}`;
}

/** Members whose value is another one in every run. */
const ANYTHING = new Set([
  'stackTrace',
  'SdkHttpMetadata',
  'SdkResponseMetadata',
  'requestId',
  'region',
  'roleArn',
]);

/** A value in a form in which what differs from run to run is equal; JSON inside of text is opened. */
export function comparable(value: unknown): unknown {
  if (typeof value === 'string') {
    if (/^[[{]/.test(value)) {
      try {
        // The blanks of a cause are told apart: by ARN it is as the function wrote it, else written anew.
        const blanks = /^\{"\w+": /.test(value);
        return { text: comparable(JSON.parse(value)), blanks };
      } catch {
        // Only looked like JSON.
      }
    }
    return value
      .replaceAll(/<uuid:\d+>/g, '<uuid>')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, 'date')
      .replaceAll(/arn:[^:\s']+:states:[^:\s']*:\d+:(execution|stateMachine):[\w<>:-]+/g, 'arn:states:$1');
  }
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .filter(([key, member]) => !ANYTHING.has(key) && member !== undefined)
    .map(([key, member]) => [key, comparable(member)]);
  return Object.fromEntries(members);
}

export function sameEvents(
  events: readonly Event[],
  expected: readonly Readonly<Record<string, Json>>[],
  notes: readonly string[],
): void {
  const actual = events.map(({ id, previousEventId, type, details }) => ({
    id,
    previousEventId,
    type,
    ...(details ? { [detailsMember(type)]: details } : {}),
  }));
  const shown = (list: readonly object[]) =>
    list.map((event) => JSON.stringify(sorted(comparable(openCauses(event)))));
  if (!notes.includes('parallel-sorted')) {
    expect(shown(actual)).toEqual(shown(expected));
    return;
  }
  // LocalStack sorted what happened inside of a Parallel state, cut the ids and lost the state's own success or failure.
  const lost = (type: string) => type === 'ParallelStateSucceeded' || type === 'ParallelStateFailed';
  const withIds = expected.filter((event) => typeof event['id'] === 'number');
  const without = expected.filter((event) => typeof event['id'] !== 'number');
  const ids = new Set(withIds.map((event) => event['id']));
  const outside = actual.filter((event) => ids.has(event.id));
  const inside = actual
    .filter((event) => !ids.has(event.id) && !lost(event.type))
    .map(({ id: _id, previousEventId: _previous, ...event }) => event);
  expect(shown(outside)).toEqual(shown(withIds));
  expect(shown(inside).sort()).toEqual(shown(without).sort());
}

/** In recordings a cause that is JSON is parsed; ours is text. */
function openCauses(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openCauses);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key !== 'cause' || typeof member !== 'string' || !member.startsWith('{'))
        return [key, openCauses(member)];
      return [key, JSON.parse(member)];
    }),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

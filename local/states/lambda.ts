/**
 * How Step Functions reads what a function gave. The two ways to call one differ: by its ARN the function's result is
 * the task's and a failure's cause is the very text that the function wrote; `lambda:invoke` wraps the result in the
 * answer of Lambda's API and writes a failure's cause anew, without blanks.
 */
import type { Json } from './json.ts';
import { isObject } from './json.ts';
import type { Resource } from './resource.ts';
import type { TaskAnswer } from './tasks.ts';

export interface FunctionAnswer {
  /** The text of the response. */
  readonly payload: string;
  /** The function threw, or ran out of time or memory. */
  readonly failed: boolean;
  readonly executedVersion: string;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export function readFunctionAnswer(resource: Resource, answer: FunctionAnswer): TaskAnswer {
  const payload = parse(answer.payload);
  if (answer.failed) {
    const error =
      isObject(payload) && typeof payload['errorType'] === 'string' ? payload['errorType'] : 'Lambda.Unknown';
    return { error, cause: resource.kind === 'function' ? answer.payload : JSON.stringify(payload) };
  }
  return { output: resource.kind === 'function' ? payload : wrap(payload, answer) };
}

/** A function that returns nothing answers with the text `null`; one that streams text may answer with no JSON at all. */
function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function wrap(payload: Json, { payload: text, executedVersion, requestId, at }: FunctionAnswer): Json {
  const headers = {
    Connection: 'keep-alive',
    'Content-Length': String(Buffer.byteLength(text)),
    'Content-Type': 'application/json',
    Date: new Date(at).toUTCString(),
    'X-Amz-Executed-Version': executedVersion,
    'x-amzn-Remapped-Content-Length': '0',
    'x-amzn-RequestId': requestId,
  };
  return {
    ExecutedVersion: executedVersion,
    Payload: payload,
    SdkHttpMetadata: httpMetadata(headers),
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}

/** What the optimized integrations add to every result. */
export function httpMetadata(headers: Readonly<Record<string, string>>): Json {
  const all = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { AllHttpHeaders: all, HttpHeaders: { ...headers }, HttpStatusCode: 200 };
}

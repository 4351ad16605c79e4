/**
 * The one middy chain that every function goes through. A function itself only says what it takes, what it gives and
 * what it does; here its input and output are held against their schemas, its lines and metrics written, its errors
 * given the names that the state machine matches, and the lease of the deployment's lock and the step's record in the
 * journal kept.
 */
import middy, { type MiddyHandlerObject } from '@middy/core';
import { z } from 'zod';
import { within } from '../aws/deadline.ts';
import type { Journal } from '../aws/journal.ts';
import { LockstepError } from '../core/errors.ts';
import { problemsOf, problemsText } from '../core/problems.ts';
import { type Deployment, deploymentSchema } from '../core/request.ts';
import { type FunctionName, STEPS, type Step } from '../core/steps.ts';
import { Journaling, type Kept, type Ran } from './journaling.ts';
import { asKnown } from './known-error.ts';
import { type Log, logWith, putMetrics } from './log.ts';

/** How long before Lambda's own time-out a step gives up: time enough to write down why. */
const EARLY_MS = 4_000;

/** The part of Lambda's context that is used. */
export interface Context {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export interface FunctionDefinition<In extends z.ZodType, Out extends z.ZodType, Clients> {
  readonly name: FunctionName;
  readonly input: In;
  readonly output: Out;
  readonly clients: Clients;
  run(input: z.infer<In>, deps: Clients & { readonly log: Log }): Promise<z.infer<Out>>;
}

export interface StepDefinition<In extends z.ZodType, Out extends z.ZodType, Clients> {
  readonly name: Exclude<Step, 'AcquireLock'> | 'Resume';
  readonly input: In;
  readonly output: Out;
  readonly clients: Clients & { readonly journal: Journal };
  /** Whether the lease is renewed first; `Record` frees the lock, and must end whoever holds it. */
  readonly lock?: boolean;
  /** Whether a wish to cancel ends the step before it runs; `itself`: the step looks at `cancelledBy` on its own. */
  readonly cancel?: 'before' | 'itself' | ((input: z.infer<In>) => 'before' | 'itself');
  /** The step's key in the journal, where that is not its name; null where it keeps no record. */
  readonly record?: null | ((input: z.infer<In>) => Kept['step']);
  /** Seconds for which the lock is leased. */
  lease?(input: z.infer<In>): number;
  run(input: z.infer<In>, deps: StepDeps<Clients>): Promise<Ran<z.infer<Out>>>;
}

export type StepDeps<Clients> = Clients & Kept & { readonly journal: Journal; readonly log: Log };

/** What Lambda calls. `definition` lets a test make the same function with other clients. */
export interface Handler<Definition> {
  (event: unknown, context: Context): Promise<unknown>;
  readonly definition: Definition;
}

/** A function that is part of a deployment: it works under the deployment's lock and keeps a record in its journal. */
export function step<In extends z.ZodType, Out extends z.ZodType, Clients>(
  definition: StepDefinition<In, Out, Clients>,
): Handler<StepDefinition<In, Out, Clients>> {
  const { name, clients } = definition;
  const inner = chain({
    name,
    input: definition.input,
    output: definition.output,
    clients,
    async run(input, deps) {
      const { deployment } = z.looseObject({ deployment: deploymentSchema }).parse(input);
      const journaling = new Journaling(clients.journal, deployment, {
        step: recordOf(definition, input),
        name: name === 'Resume' ? 'Plan' : name,
        cancel:
          typeof definition.cancel === 'function'
            ? definition.cancel(input)
            : (definition.cancel ?? 'before'),
        ...(definition.lock === false ? {} : { lease: definition.lease?.(input) }),
      });
      return journaling.around((kept) => definition.run(input, { ...deps, ...kept }));
    },
  });
  return Object.assign((event: unknown, context: Context) => inner(event, context), { definition });
}

/** A function of its own, without a deployment around it. */
export function chain<In extends z.ZodType, Out extends z.ZodType, Clients>(
  definition: FunctionDefinition<In, Out, Clients>,
): Handler<FunctionDefinition<In, Out, Clients>> {
  const { name } = definition;
  const log = (event: unknown, context: Context) =>
    logWith({ step: name, requestId: context.awsRequestId, ...addressOf(event) });

  const handler = middy<unknown, unknown, Error>(
    (event: unknown, context: unknown, { signal }: MiddyHandlerObject) =>
      within(signal, async () =>
        definition.run(event as z.infer<In>, { ...definition.clients, log: log(event, context as Context) }),
      ),
    {
      timeoutEarlyInMillis: EARLY_MS,
      timeoutEarlyResponse: () => {
        throw new LockstepError('AwsUnavailable', {
          service: 'AWS',
          detail: `${name} was not done ${EARLY_MS / 1000} s before its time-out`,
        });
      },
    },
  )
    // On an error they are called last to first, and `explained` throws: nothing would be called after it.
    .use(explained(name, log))
    .use(measured(name))
    .use(validated(definition));

  return Object.assign(
    (event: unknown, context: Context) => handler(event, context as never) as Promise<unknown>,
    {
      definition,
    },
  );
}

let cold = true;

/** Duration, errors and cold starts of each step. */
function measured(name: FunctionName): middy.MiddlewareObj {
  let began = 0;
  const flush = (error?: Error | null) => {
    const errors = error ? { StepErrors: [1, 'Count'] as const } : {};
    const start = cold ? { ColdStart: [1, 'Count'] as const } : {};
    cold = false;
    const duration = [performance.now() - began, 'Milliseconds'] as const;
    putMetrics({ StepDuration: duration, ...errors, ...start }, { Step: name }, [['Step']]);
  };
  return {
    before: () => {
      began = performance.now();
    },
    after: () => flush(),
    onError: ({ error }) => flush(error),
  };
}

/** Every error leaves under a name of the table, with sentence and remedy in its message; the log has the whole of it. */
function explained(name: FunctionName, log: (event: unknown, context: Context) => Log): middy.MiddlewareObj {
  return {
    onError: (request) => {
      const { error } = request;
      const known = asKnown(error, name);
      log(request.event, request.context as unknown as Context).error(known.message, {
        error: known.name,
        evidence: known.evidence,
        stack: error instanceof Error ? error.stack : undefined,
        cause: known.cause instanceof Error ? known.cause.stack : undefined,
      });
      throw forStepFunctions(known);
    },
  };
}

/** The stack is left out: the console shows it instead of the sentence, and no reader of an execution needs it. */
function forStepFunctions(known: LockstepError): Error {
  const error = new Error(known.remedy ? `${known.message}\n${known.remedy}` : known.message);
  error.name = known.name;
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

function validated<In extends z.ZodType, Out extends z.ZodType>(definition: {
  readonly name: FunctionName;
  readonly input: In;
  readonly output: Out;
}): middy.MiddlewareObj {
  const held = (schema: z.ZodType, value: unknown, what: string) => {
    const parsed = schema.safeParse(value, { reportInput: true });
    if (parsed.success) return parsed.data;
    const problems = problemsText(problemsOf(parsed.error, schema, `its ${what}`));
    throw new LockstepError('Internal', {
      step: definition.name,
      detail: `the ${what} is wrong: ${problems}`,
    });
  };
  return {
    before: (request) => {
      request.event = held(definition.input, request.event, 'input');
    },
    after: (request) => {
      request.response = held(definition.output, request.response, 'output');
    },
  };
}

function recordOf<In extends z.ZodType, Out extends z.ZodType, Clients>(
  definition: StepDefinition<In, Out, Clients>,
  input: z.infer<In>,
): Kept['step'] | null {
  if (definition.record !== undefined) return definition.record === null ? null : definition.record(input);
  const { name } = definition;
  return STEPS.find((candidate) => candidate === name) ?? null;
}

/** Which deployment an event belongs to, for the log. */
function addressOf(event: unknown): { deploymentId?: string; target?: string } {
  const deployment = (event as { deployment?: Partial<Deployment> } | null)?.deployment;
  return {
    ...(deployment?.id ? { deploymentId: deployment.id } : {}),
    ...(deployment?.target ? { target: deployment.target } : {}),
  };
}

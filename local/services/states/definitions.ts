/** Definitions: checked when a machine is made, compiled once, kept by their hash. */
import { createHash } from 'node:crypto';
import { AwsError } from '../../service.ts';
import { compile } from '../../states/compile.ts';
import { type Diagnostic, describeDiagnostics } from '../../states/diagnostics.ts';
import { variablesRead } from '../../states/expressions-check.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../states/json.ts';
import type { Machine } from '../../states/machine.ts';
import { type IntegrationResource, parseResource } from '../../states/resource.ts';
import { validate } from '../../states/validate.ts';
import { loadSdk, sdkService } from './integrations/sdk.ts';
import type { State } from './model.ts';

/** Everything that is wrong with a definition, what only the SDK knows included. */
export async function diagnose(text: string): Promise<readonly Diagnostic[]> {
  const { diagnostics, definition } = validate(text);
  const found = [...diagnostics];
  for (const { resource, arn, location } of resourcesIn(definition ?? {}, '')) {
    const problem = await unknownAction(resource, arn);
    if (problem) found.push({ severity: 'ERROR', ...problem, location });
  }
  return found;
}

/** Throws `InvalidDefinition` with every problem. */
export async function checkDefinition(text: string): Promise<void> {
  const found = await diagnose(text);
  if (found.length > 0) throw new AwsError('InvalidDefinition', describeDiagnostics(found));
}

async function unknownAction(
  resource: IntegrationResource,
  arn: string,
): Promise<Pick<Diagnostic, 'code' | 'message'> | undefined> {
  const service = sdkService(resource.service);
  if (!service) {
    return {
      code: 'NOT_SUPPORTED_HERE',
      message: `Resource: the embedded AWS has no service '${resource.service}'`,
    };
  }
  const sdk = await loadSdk(service);
  const operation = resource.action.charAt(0).toUpperCase() + resource.action.slice(1);
  if (`${operation}$` in sdk) return undefined;
  return {
    code: 'SCHEMA_VALIDATION_FAILED',
    message: `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
  };
}

/** The AWS SDK integrations of a definition, at any depth. */
function* resourcesIn(
  value: Json,
  at: string,
): Generator<{ resource: IntegrationResource; arn: string; location: string }> {
  if (isArray(value)) {
    for (const [index, item] of value.entries()) yield* resourcesIn(item, `${at}[${index}]`);
  } else if (isObject(value)) {
    const arn = value['Resource'];
    if (value['Type'] === 'Task' && typeof arn === 'string') {
      const resource = parseResource(arn);
      if (resource?.kind === 'integration' && resource.sdk)
        yield { resource, arn, location: `${at}/Resource` };
    }
    for (const [key, member] of Object.entries(value)) yield* resourcesIn(member, `${at}/${key}`);
  }
}

/** Keeps a definition that an execution runs, and returns its key. */
export function keepDefinition(state: State, text: string): string {
  const key = createHash('sha256').update(text).digest('hex');
  if (!state.definitions.has(key)) state.definitions.set(key, text);
  return key;
}

const compiled = new Map<string, Machine>();

export function machineOf(state: State, key: string): Machine {
  const known = compiled.get(key);
  if (known) return known;
  const machine = compile(JSON.parse(state.definitions.get(key) ?? '{}') as JsonObject);
  compiled.set(key, machine);
  return machine;
}

/** `variableReferences` of the descriptions: state by state, the variables that its expressions read. */
export function variableReferences(text: string): Record<string, string[]> {
  const references: Record<string, string[]> = {};
  const walk = (program: Json | undefined): void => {
    const states = isObject(program) ? program['States'] : undefined;
    for (const [name, state] of Object.entries(isObject(states) ? states : {})) {
      if (!isObject(state)) continue;
      const { ItemProcessor, Branches, ...own } = state;
      const read = [...new Set(variablesRead(own))].sort();
      if (read.length > 0) references[name] = read;
      walk(ItemProcessor);
      if (isArray(Branches)) Branches.forEach(walk);
    }
  };
  walk(JSON.parse(text) as Json);
  return references;
}

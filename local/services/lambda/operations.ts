/** Lambda's operations. */
import { randomUUID } from 'node:crypto';
import type {
  FunctionConfiguration,
  GetFunctionCommandInput,
  InvocationRequest,
  ListFunctionsCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { honouring } from '../../operation.ts';
import { AwsError, type Operation } from '../../service.ts';
import type { Asynchronous } from './asynchronous.ts';
import type { Functions, LambdaFunction } from './model.ts';
import { PAYLOAD_LIMIT, type Pool } from './pool.ts';
import { variablesOf } from './provision.ts';

const FIELDS = {
  Invoke: ['FunctionName', 'InvocationType', 'LogType', 'Payload', 'Qualifier'],
  GetFunction: ['FunctionName', 'Qualifier'],
  GetFunctionConfiguration: ['FunctionName', 'Qualifier'],
  ListFunctions: ['Marker', 'MaxItems', 'FunctionVersion'],
  UpdateFunctionConfiguration: [
    'FunctionName',
    'Timeout',
    'MemorySize',
    'Environment',
    'Description',
    'RevisionId',
  ],
};

/** The largest asynchronous payload. */
const EVENT_LIMIT = 1024 * 1024;

export function operations(
  functions: Functions,
  pool: Pool,
  asynchronous: Asynchronous,
): Record<string, Operation> {
  const on = (action: string) => (input: { FunctionName?: string | undefined }) => [
    { action: `lambda:${action}`, resource: functions.arnOf(input.FunctionName) },
  ];
  const table = {
    Invoke: {
      permissions: on('InvokeFunction'),
      async run(input: InvocationRequest) {
        const fn = functions.get(
          input.Qualifier === undefined ? input.FunctionName : `${input.FunctionName}:${input.Qualifier}`,
        );
        const isEvent = input.InvocationType === 'Event';
        const payload = payloadOf(input.Payload, isEvent ? EVENT_LIMIT : PAYLOAD_LIMIT);
        if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
        if (isEvent) {
          asynchronous.accept(fn, payload);
          return { StatusCode: 202 };
        }
        const answer = await pool.invoke(fn, payload);
        return {
          StatusCode: 200,
          ExecutedVersion: answer.executedVersion,
          Payload: new Uint8Array(Buffer.from(JSON.stringify(answer.payload))),
          ...(answer.functionError !== undefined && { FunctionError: answer.functionError }),
          ...(input.LogType === 'Tail' && { LogResult: Buffer.from(answer.logTail).toString('base64') }),
        };
      },
    },
    GetFunction: {
      permissions: on('GetFunction'),
      run(input: GetFunctionCommandInput) {
        const fn = functions.get(input.FunctionName);
        return {
          Configuration: configurationOf(fn),
          Code: { RepositoryType: 'S3', Location: `file://${fn.code}` },
          ...(fn.reserved !== undefined && { Concurrency: { ReservedConcurrentExecutions: fn.reserved } }),
        };
      },
    },
    GetFunctionConfiguration: {
      permissions: on('GetFunctionConfiguration'),
      run: (input: GetFunctionCommandInput) => configurationOf(functions.get(input.FunctionName)),
    },
    ListFunctions: {
      permissions: () => [{ action: 'lambda:ListFunctions', resource: '*' }],
      run(input: ListFunctionsCommandInput) {
        const size = input.MaxItems ?? 50;
        const from = input.Marker === undefined ? 0 : Number(Buffer.from(input.Marker, 'base64').toString());
        const all = functions.all.values().sort((a, b) => a.name.localeCompare(b.name));
        const next = from + size;
        return {
          Functions: all.slice(from, next).map(configurationOf),
          ...(next < all.length && { NextMarker: Buffer.from(String(next)).toString('base64') }),
        };
      },
    },
    UpdateFunctionConfiguration: {
      permissions: on('UpdateFunctionConfiguration'),
      async run(input: UpdateFunctionConfigurationCommandInput) {
        const { FunctionName, Timeout, MemorySize, Environment, Description, RevisionId } = input;
        const before = functions.get(FunctionName);
        if (RevisionId !== undefined && RevisionId !== before.revision) {
          throw new AwsError(
            'PreconditionFailedException',
            'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
            { Type: 'User' },
            412,
          );
        }
        const after: LambdaFunction = {
          ...before,
          timeoutSeconds: Timeout ?? before.timeoutSeconds,
          memoryMb: MemorySize ?? before.memoryMb,
          variables: Environment ? variablesOf(Environment) : before.variables,
          description: Description ?? before.description,
          modified: functions.world.clock.now(),
          revision: randomUUID(),
        };
        functions.all.set(after.name, after);
        await pool.retire(after.name);
        return configurationOf(after);
      },
    },
  };
  return honouring(FIELDS, table as unknown as Record<string, Operation>);
}

function payloadOf(bytes: Uint8Array | undefined, limit: number): string {
  const size = bytes?.length ?? 0;
  if (size > limit) {
    throw new AwsError(
      'RequestTooLargeException',
      `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
      { Type: 'User' },
      413,
    );
  }
  const text = size === 0 ? '{}' : Buffer.from(bytes ?? []).toString('utf8');
  try {
    JSON.parse(text);
  } catch (error) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${(error as Error).message}`,
      { Type: 'User' },
    );
  }
  return text;
}

function configurationOf(fn: LambdaFunction): FunctionConfiguration {
  return {
    FunctionName: fn.name,
    FunctionArn: fn.arn,
    Runtime: fn.runtime as NonNullable<FunctionConfiguration['Runtime']>,
    Role: fn.role,
    Handler: fn.handler,
    CodeSize: fn.codeBytes,
    CodeSha256: fn.codeHash,
    Description: fn.description,
    Timeout: fn.timeoutSeconds,
    MemorySize: fn.memoryMb,
    // AWS's own spelling of the time, which no codec makes: the shape has a string here.
    LastModified: new Date(fn.modified).toISOString().replace('Z', '+0000'),
    Version: '$LATEST',
    ...(Object.keys(fn.variables).length > 0 && { Environment: { Variables: { ...fn.variables } } }),
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: fn.revision,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: fn.logFormat, LogGroup: fn.logGroup },
  };
}

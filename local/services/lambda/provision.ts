/** AWS::Lambda::Function, Permission and EventInvokeConfig. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { physicalName } from '../../provision/names.ts';
import { AwsError, type Place, type Provisioned, type Provisioner, unsupported } from '../../service.ts';
import { installCode } from './code.ts';
import type { Functions, LambdaFunction } from './model.ts';
import type { Pool } from './pool.ts';

const RUNTIMES = /^nodejs(20|22|24)\.x$/;

export function provisioners(functions: Functions, pool: Pool): Record<string, Provisioner> {
  return {
    'AWS::Lambda::Function': {
      honours: [
        'FunctionName',
        'Code',
        'Handler',
        'Runtime',
        'Role',
        'Environment',
        'Timeout',
        'MemorySize',
        'Description',
        'LoggingConfig',
        'PackageType',
        'ReservedConcurrentExecutions',
      ],
      ignores: {
        Architectures: 'The function runs on the processor of this machine.',
        TracingConfig: 'There is no X-Ray.',
        VpcConfig: 'There is one loopback network.',
        EphemeralStorage: 'The function sees the temporary folder of this machine.',
        KmsKeyArn: 'State is not encrypted at rest.',
        RecursiveLoop: 'Loops are not looked for.',
        RuntimeManagementConfig: 'There is one runtime: the Node.js of this process.',
        SnapStart: 'Node.js has none.',
        Tags: 'Tags of functions are in no condition that is evaluated here.',
      },
      provision: (properties, place) => provisionFunction(functions, properties, place),
      async remove(previous) {
        functions.all.delete(previous.ref);
        await pool.retire(previous.ref);
        rmSync(join(functions.world.folder, 'lambda', previous.ref), { recursive: true, force: true });
      },
    },
    'AWS::Lambda::Permission': {
      honours: ['FunctionName', 'Action', 'Principal', 'SourceArn', 'SourceAccount'],
      provision(properties, place) {
        functions.get(String(properties['FunctionName']));
        const id = physicalName(place, 100);
        return { ref: id, attributes: { Id: id } };
      },
    },
    'AWS::Lambda::EventInvokeConfig': {
      honours: [
        'FunctionName',
        'Qualifier',
        'MaximumRetryAttempts',
        'MaximumEventAgeInSeconds',
        'DestinationConfig',
      ],
      provision(properties, place) {
        const { name } = functions.get(String(properties['FunctionName']));
        const destinations = (properties['DestinationConfig'] ?? {}) as Record<
          string,
          { Destination?: string }
        >;
        if (destinations['OnSuccess']) throw new Error('DestinationConfig.OnSuccess is not supported here');
        const onFailure = destinations['OnFailure']?.Destination;
        functions.invokeConfigs.set(name, {
          retries: Number(properties['MaximumRetryAttempts'] ?? 2),
          maximumAgeSeconds: Number(properties['MaximumEventAgeInSeconds'] ?? 21_600),
          ...(onFailure !== undefined && { onFailure }),
        });
        return { ref: physicalName(place, 100) };
      },
      remove() {
        // The configuration of a function that is gone is never looked at.
      },
    },
  };
}

function provisionFunction(
  functions: Functions,
  properties: Readonly<Record<string, unknown>>,
  place: Place,
): Provisioned {
  const { world } = functions;
  const name = (properties['FunctionName'] as string | undefined) ?? physicalName(place);
  const role = String(properties['Role']);
  const runtime = String(properties['Runtime']);
  if ((properties['PackageType'] ?? 'Zip') !== 'Zip')
    throw new Error('PackageType Image is not supported here');
  if (!RUNTIMES.test(runtime)) throw new Error(`the runtime ${runtime} is not supported here`);
  if (!world.ports.iam.trusts(role, 'lambda.amazonaws.com')) {
    throw new Error(`The role defined for the function cannot be assumed by Lambda: ${role}`);
  }
  const logging = loggingOf(properties['LoggingConfig'] as Record<string, string> | undefined);
  const code = installCode(world, name, properties['Code'] as Record<string, string>, place);
  const reserved = properties['ReservedConcurrentExecutions'];
  const fn: LambdaFunction = {
    name,
    arn: functions.arn(name),
    role,
    handler: String(properties['Handler']),
    runtime,
    code: code.folder,
    codeHash: code.hash,
    codeBytes: code.bytes,
    timeoutSeconds: Number(properties['Timeout'] ?? 3),
    memoryMb: Number(properties['MemorySize'] ?? 128),
    variables: variablesOf(properties['Environment'] as { Variables?: Record<string, unknown> } | undefined),
    description: String(properties['Description'] ?? ''),
    logGroup: logging.LogGroup ?? `/aws/lambda/${name}`,
    logFormat: logging.LogFormat === 'JSON' ? 'JSON' : 'Text',
    ...(reserved !== undefined && { reserved: Number(reserved) }),
    modified: world.clock.now(),
    revision: randomUUID(),
  };
  functions.all.set(name, fn);
  return { ref: name, attributes: { Arn: fn.arn } };
}

function loggingOf(config: Readonly<Record<string, string>> = {}): { LogGroup?: string; LogFormat?: string } {
  for (const member of Object.keys(config)) {
    if (member !== 'LogGroup' && member !== 'LogFormat') {
      throw new Error(`LoggingConfig.${member} is not supported here`);
    }
  }
  return config;
}

/**
 * Throws for what Lambda reserves, and for what would lead a function out of the embedded AWS or would be set without
 * an effect.
 */
export function variablesOf(
  environment: { Variables?: Record<string, unknown> | undefined } = {},
): Record<string, string> {
  const variables = Object.fromEntries(
    Object.entries(environment.Variables ?? {}).map(([key, value]) => [key, String(value)]),
  );
  const reserved = Object.keys(variables).filter(
    (name) => RESERVED.test(name) || /^AWS_(ENDPOINT_URL|IGNORE_CONFIGURED_ENDPOINT_URLS)/.test(name),
  );
  if (reserved.length > 0) {
    throw new AwsError(
      'InvalidParameterValueException',
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
      { Type: 'User' },
    );
  }
  const options = (variables['NODE_OPTIONS'] ?? '').split(/\s+/).filter(Boolean);
  const unknown = options.find((option) => option !== '--enable-source-maps');
  if (unknown) throw unsupported('Environment', `NODE_OPTIONS ${unknown}`);
  return variables;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|AWS_(DEFAULT_REGION|REGION|EXECUTION_ENV|LAMBDA_(FUNCTION_.*|INITIALIZATION_TYPE|LOG_.*|RUNTIME_API)|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN))$/;

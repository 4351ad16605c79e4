/**
 * How a service's error becomes a task's. Step Functions is written in Java and gives the names of Java's exceptions:
 * those that the service's model knows by name, everything else as the service's general exception.
 */
import type { AwsError } from '../../../service.ts';
import type { TaskAnswer } from '../../../states/tasks.ts';
import type { Sdk } from './sdk.ts';

type Failed = Extract<TaskAnswer, { error: string }>;

/** An optimized integration, which uses the old SDK. */
export interface Optimized {
  /** `DynamoDB`, in `DynamoDB.ConditionalCheckFailedException`. */
  readonly prefix: string;
  /** The exception for errors that the model does not know: `AmazonDynamoDBException`. */
  readonly general: string;
  /** What the causes call it: `AmazonDynamoDBv2`. */
  readonly title: string;
}

export const OPTIMIZED: Readonly<Record<string, Optimized>> = {
  lambda: { prefix: 'Lambda', general: 'AWSLambdaException', title: 'AWSLambda' },
  dynamodb: { prefix: 'DynamoDB', general: 'AmazonDynamoDBException', title: 'AmazonDynamoDBv2' },
  sns: { prefix: 'SNS', general: 'AmazonSNSException', title: 'AmazonSNS' },
  states: { prefix: 'StepFunctions', general: 'AWSStepFunctionsException', title: 'AWSStepFunctions' },
  events: { prefix: 'EventBridge', general: 'AmazonEventBridgeException', title: 'AmazonEventBridge' },
};

export function optimizedFailure(of: Optimized, sdk: Sdk, error: AwsError, requestId: string): Failed {
  if (error.code === 'LockstepLocalUnsupported') return { error: error.code, cause: error.message };
  const name = modelled(sdk, error.code) ? exceptionName(error.code) : of.general;
  return {
    error: `${of.prefix}.${name}`,
    cause: `${error.message} (Service: ${of.title}; Status Code: ${error.status}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null)`,
  };
}

export function sdkFailure(
  of: { readonly prefix: string; readonly title: string },
  sdk: Sdk,
  error: AwsError,
  requestId: string,
): Failed {
  if (error.code === 'LockstepLocalUnsupported') return { error: error.code, cause: error.message };
  const known = modelled(sdk, error.code);
  const name = known ? spellAsJava2(exceptionName(error.code)) : `${of.prefix}Exception`;
  return {
    error: `${of.prefix}.${name}`,
    cause: `${error.message} (Service: ${of.title}, Status Code: ${error.status}, Request ID: ${requestId})`,
  };
}

function modelled(sdk: Sdk, code: string): boolean {
  return [code, `${code}Exception`, `${code}Fault`].some((name) => typeof sdk[name] === 'function');
}

function exceptionName(code: string): string {
  return `${code.replace(/(Exception|Fault)$/, '')}Exception`;
}

/** `DBInstanceNotFoundException` is `DbInstanceNotFoundException` there: of a row of capitals only the first stays. */
function spellAsJava2(name: string): string {
  return name.replace(
    /([A-Z])([A-Z]+)(?=[A-Z][a-z]|$)/g,
    (_row, first: string, rest: string) => first + rest.toLowerCase(),
  );
}

/** A function as the account keeps it, and the names by which callers mean it. */
import { AwsError, type World } from '../../service.ts';

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly role: string;
  /** `FILE.EXPORT`, as in the template. */
  readonly handler: string;
  /** `nodejs24.x` and its kin. */
  readonly runtime: string;
  /** The folder that stands for `/var/task`. */
  readonly code: string;
  /** SHA-256 of the code, base64. */
  readonly codeHash: string;
  readonly codeBytes: number;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly description: string;
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  /** Most invocations at a time; undefined for the account's limit. */
  readonly reserved?: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Changes with every change of the configuration, so that old environments are not used again. */
  readonly revision: string;
}

/** What happens to asynchronous invocations that fail. */
export interface InvokeConfig {
  readonly retries: number;
  readonly maximumAgeSeconds: number;
  /** The ARN that failed events are sent to. */
  readonly onFailure?: string;
}

export class Functions {
  readonly world: World;
  readonly all;
  readonly invokeConfigs;

  constructor(world: World) {
    this.world = world;
    const store = world.store('lambda');
    this.all = store.collection<LambdaFunction>('functions');
    this.invokeConfigs = store.collection<InvokeConfig>('invoke-configs');
  }

  arn(name: string): string {
    return `arn:aws:lambda:${this.world.region}:${this.world.account}:function:${name}`;
  }

  /** The ARN that a name, a partial ARN or an ARN means, without its qualifier. */
  arnOf(reference: string | undefined): string {
    return this.arn(parseName(reference ?? '').name);
  }

  get(reference: string | undefined): LambdaFunction {
    const { name, qualifier } = parseName(reference ?? '');
    const found = this.all.get(name);
    if (!found || (qualifier !== undefined && qualifier !== '$LATEST')) {
      const suffix = qualifier === undefined ? '' : `:${qualifier}`;
      throw new AwsError(
        'ResourceNotFoundException',
        `Function not found: ${this.arn(name)}${suffix}`,
        { Type: 'User' },
        404,
      );
    }
    return found;
  }
}

function parseName(reference: string): { name: string; qualifier: string | undefined } {
  const parts =
    /^(?:arn:[^:]+:lambda:[^:]*:\d*:function:|\d+:function:|function:)?([^:]+)(?::([^:]+))?$/.exec(reference);
  return { name: parts?.[1] ?? reference, qualifier: parts?.[2] };
}

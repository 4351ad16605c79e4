/**
 * AWS as a unit test wants it: real SDK clients, made as the functions make theirs, whose requests are answered in
 * the SDK's own middleware, before anything is sent. What is not answered is an error that names the operation.
 */
import { connect } from '../../aws/clients.ts';

type Input = Readonly<Record<string, unknown>>;
export type Reply = Readonly<Record<string, unknown>> | Error | ((input: Input) => Answer | Promise<Answer>);
type Answer = Record<string, unknown> | Error;

export interface Call {
  /** `ECS DescribeServices`. */
  readonly operation: string;
  readonly input: Input;
}

export class FakeAws {
  readonly calls: Call[] = [];
  private readonly replies = new Map<string, Reply>();

  /** Later answers replace earlier ones: a test says how the world has changed. */
  answer(replies: Readonly<Record<string, Reply>>): this {
    for (const [operation, reply] of Object.entries(replies)) this.replies.set(operation, reply);
    return this;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the constructor of any SDK client
  client<C extends { middlewareStack: any }>(Service: new (configuration: any) => C): C {
    // biome-ignore lint/suspicious/noExplicitAny: connect wants the SDK's own client type
    const client = connect(Service as any, {
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'none' },
    }) as unknown as C;
    client.middlewareStack.add(
      (_next: unknown, context: { clientName?: string; commandName?: string }) =>
        async ({ input }: { input: Input }) => ({ output: await this.reply(context, input), response: {} }),
      { step: 'initialize', priority: 'low', name: 'fakeAws' },
    );
    return client;
  }

  /** How often an operation was called. */
  count(operation: string): number {
    return this.inputs(operation).length;
  }

  inputs(operation: string): Input[] {
    return this.calls.filter((call) => call.operation === operation).map((call) => call.input);
  }

  private async reply(
    context: { clientName?: string; commandName?: string },
    input: Input,
  ): Promise<Record<string, unknown>> {
    const service = context.clientName?.replace(/Client$/, '') ?? '';
    const operation = `${service} ${context.commandName?.replace(/Command$/, '') ?? ''}`;
    this.calls.push({ operation, input });
    const reply = this.replies.get(operation);
    if (!reply) throw new Error(`the test has no answer for ${operation} ${JSON.stringify(input)}`);
    const answer = typeof reply === 'function' ? await reply(input) : reply;
    if (answer instanceof Error) throw answer;
    return { $metadata: {}, ...answer };
  }
}

/** An error as the SDK throws it. */
export function awsError(name: string, message = name, more: Record<string, unknown> = {}): Error {
  return Object.assign(new Error(message), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
    ...more,
  });
}

/** What S3 answers for a JSON object. */
export function s3Json(value: unknown): Record<string, unknown> {
  return { Body: { transformToString: async () => JSON.stringify(value) } };
}

/**
 * What the ECS agent gives to the containers of a task: credentials of its role, metadata about itself, and the
 * environment variables that tell where both are. Served at the endpoint, below paths that nobody can guess.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RunningTask } from '../../runtimes/runtime.ts';
import { AwsError, type Route } from '../../service.ts';
import { metadataAt } from './metadata.ts';
import type { Task } from './model.ts';
import type { State } from './state.ts';

const CREDENTIALS = '/_lockstep/ecs/credentials/';
const METADATA = '/_lockstep/ecs/metadata/v4/';

export class Agent {
  readonly routes: readonly Route[];
  private readonly state: State;
  /** By the secret part of the path. */
  private readonly credentials = new Map<string, { task: Task; role: string }>();
  private readonly metadata = new Map<string, { task: Task; container: string }>();
  /** For what a task uses: set by whoever runs the tasks. */
  running: (task: Task) => RunningTask | undefined = () => undefined;

  constructor(state: State) {
    this.state = state;
    this.routes = [
      { prefix: CREDENTIALS, handle: (request, response) => this.giveCredentials(request, response) },
      { prefix: METADATA, handle: (request, response) => this.giveMetadata(request, response) },
    ];
  }

  environment(task: Task, container: string): Record<string, string> {
    const { world } = this.state;
    const id = `${task.id}-${randomUUID()}`;
    this.metadata.set(id, { task, container });
    const variables: Record<string, string> = {
      AWS_ENDPOINT_URL: world.endpoint,
      AWS_REGION: world.region,
      AWS_DEFAULT_REGION: world.region,
      AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
      // No task may fall back to the credentials of a machine in the cloud that this happens to run on.
      AWS_EC2_METADATA_DISABLED: 'true',
      ECS_CONTAINER_METADATA_URI_V4: `${world.endpoint}${METADATA}${id}`,
    };
    const role = this.roleOf(task);
    if (role) {
      const key = randomUUID();
      this.credentials.set(key, { task, role });
      variables['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${world.endpoint}${CREDENTIALS}${key}`;
    }
    return variables;
  }

  forget(task: Task): void {
    for (const [key, one] of this.credentials) if (one.task.arn === task.arn) this.credentials.delete(key);
    for (const [key, one] of this.metadata) if (one.task.arn === task.arn) this.metadata.delete(key);
  }

  private roleOf(task: Task): string | undefined {
    return (
      task.overrides.taskRoleArn ?? this.state.taskDefinitions.get(task.taskDefinition)?.body.taskRoleArn
    );
  }

  private giveCredentials(request: IncomingMessage, response: ServerResponse): void {
    const found = this.credentials.get(partsOf(request, CREDENTIALS)[0] ?? '');
    if (!found) {
      json(response, 404, { code: 'NoIdInRequest', message: 'No credentials with this ID.' });
      return;
    }
    try {
      const issued = this.state.world.ports.iam.assume(found.role, found.task.id);
      json(response, 200, {
        RoleArn: found.role,
        AccessKeyId: issued.accessKeyId,
        SecretAccessKey: issued.secretAccessKey,
        Token: issued.sessionToken,
        Expiration: new Date(issued.expiration).toISOString(),
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      json(response, 400, { code: error.code, message: error.message });
    }
  }

  private giveMetadata(request: IncomingMessage, response: ServerResponse): void {
    const [id = '', ...path] = partsOf(request, METADATA);
    const found = this.metadata.get(id);
    const usage = found && this.running(found.task)?.usage();
    const body = found && metadataAt(path.join('/'), this.state, found.task, found.container, usage);
    json(response, body ? 200 : 404, body ?? { message: `There is no metadata at ${request.url}.` });
  }
}

function partsOf(request: IncomingMessage, prefix: string): string[] {
  const path = (request.url ?? '').split('?')[0] ?? '';
  return path
    .slice(prefix.length)
    .split('/')
    .filter((part) => part !== '');
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Opens what a verb works on: the environment that was named, its service, and the AWS that they live in. */
import type { Environment } from '../core/environment.ts';
import { type Cloud, openCloud } from './cloud.ts';
import { type Invocation, text } from './command.ts';
import { type EnvironmentFile, environmentFilesAt, readEnvironment } from './environments.ts';
import { type Commit, Repository } from './repository.ts';
import { environmentName, serviceName } from './target.ts';

export interface OpenedEnvironment {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly cloud: Cloud;
}

export interface Opened extends OpenedEnvironment {
  readonly service: string;
}

export interface OpenedCommit extends Opened {
  readonly repository: Repository;
  readonly commit: Commit;
  readonly file: EnvironmentFile;
}

/** For verbs about a deployment that is named by its id, or about all services. */
export async function openEnvironment(invocation: Invocation): Promise<OpenedEnvironment> {
  const name = environmentName(invocation);
  const { environment } = await readEnvironment(environmentFilesAt(invocation.directory), name);
  return { environmentName: name, environment, cloud: await cloudOf(invocation, name, environment) };
}

/** For verbs that look at or act on a service as it is: the environment file of the working tree. */
export async function open(invocation: Invocation): Promise<Opened> {
  const name = environmentName(invocation);
  const { environment } = await readEnvironment(environmentFilesAt(invocation.directory), name);
  const service = serviceName(invocation, environment, name);
  return { environmentName: name, environment, service, cloud: await cloudOf(invocation, name, environment) };
}

/** For verbs that release a commit: the environment file as the commit has it, so that both are one thing. */
export async function openCommit(invocation: Invocation): Promise<OpenedCommit> {
  const name = environmentName(invocation);
  const repository = await Repository.at(invocation.directory);
  const commit = await repository.commit(text(invocation, 'commit'));
  const file = await readEnvironment(repository.environments(commit.hash), name);
  const { environment } = file;
  const service = serviceName(invocation, environment, name);
  const cloud = await cloudOf(invocation, name, environment);
  return { environmentName: name, environment, service, cloud, repository, commit, file };
}

function cloudOf({ variables, directory }: Invocation, environmentName: string, environment: Environment) {
  return openCloud({ environment, environmentName, variables, directory });
}

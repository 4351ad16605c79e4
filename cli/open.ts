/** Opens what a verb works on: the environment that was named, its service, and the AWS that they live in. */
import type { Environment } from '../core/environment.ts';
import { type Cloud, openCloud } from './cloud.ts';
import { type Invocation, text } from './command.ts';
import { type EnvironmentFile, environmentFilesAt, readEnvironment } from './environments.ts';
import { type Commit, Repository } from './repository.ts';
import { environmentName, serviceName } from './target.ts';

export interface Opened {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly service: string;
  readonly cloud: Cloud;
}

export interface OpenedCommit extends Opened {
  readonly repository: Repository;
  readonly commit: Commit;
  readonly file: EnvironmentFile;
}

/** For verbs that look at or act on what is there: the environment file of the working tree. */
export async function open(invocation: Invocation): Promise<Opened> {
  const name = environmentName(invocation);
  const { environment } = await readEnvironment(environmentFilesAt(invocation.directory), name);
  return opened(invocation, name, environment);
}

/** For verbs that release a commit: the environment file as the commit has it, so that both are one thing. */
export async function openCommit(invocation: Invocation): Promise<OpenedCommit> {
  const name = environmentName(invocation);
  const repository = await Repository.at(invocation.directory);
  const commit = await repository.commit(text(invocation, 'commit'));
  const file = await readEnvironment(repository.environments(commit.hash), name);
  return { ...(await opened(invocation, name, file.environment)), repository, commit, file };
}

async function opened(invocation: Invocation, name: string, environment: Environment): Promise<Opened> {
  const service = serviceName(invocation, environment, name);
  const { variables, directory } = invocation;
  return {
    environmentName: name,
    environment,
    service,
    cloud: await openCloud({ environment, environmentName: name, variables, directory }),
  };
}

/** What is asked for: the request, and the environment file that it brings or that was sent last. */
import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { getJson, putJson } from '../../aws/artefacts.ts';
import { type Environment, parseEnvironment } from '../../core/environment.ts';
import { LockstepError } from '../../core/errors.ts';
import { type Settings, settingsOf } from '../../core/plan.ts';
import { problemsText } from '../../core/problems.ts';
import { branchKey, branchSchema, configurationKey, sourceFolder } from '../../core/release.ts';
import { type DeployRequest, parseRequest } from '../../core/request.ts';
import { variable } from '../variables.ts';

export function readRequest(json: unknown): DeployRequest {
  const read = parseRequest(json);
  if ('request' in read) return read.request;
  throw new LockstepError('InvalidRequest', { problems: problemsText(read.problems) });
}

/** A request that names a branch, with the commit that was uploaded of it last in place of the name. */
export async function withCommit(request: DeployRequest, deps: { s3: S3Client }): Promise<DeployRequest> {
  const { branch, service, environment } = request;
  if (branch === undefined || request.commit !== undefined) return request;
  const key = branchKey(service, branch);
  const tip = await getJson(deps.s3, variable('ARTEFACTS_BUCKET'), key, branchSchema);
  if (!tip) throw new LockstepError('BranchUnknown', { branch, service, environment });
  const { commit, subject, committedAt, source } = tip;
  return {
    ...request,
    commit,
    subject,
    committedAt,
    source,
    configuration: request.configuration ?? tip.configuration,
  };
}

export interface Configured {
  readonly environment: Environment;
  readonly settings: Settings;
}

/** Who may start an execution and upload for one service only must not have another's source built as this one's. */
export function refuseForeignSource({ service, source }: DeployRequest): void {
  const folder = sourceFolder(service);
  if (source && !source.key.startsWith(folder))
    throw new LockstepError('SourceElsewhere', { key: source.key, folder, service });
}

export async function readSettings(request: DeployRequest, deps: { s3: S3Client }): Promise<Configured> {
  const { environment: name, service } = request;
  if (name !== variable('ENVIRONMENT')) {
    const problems = `environment is "${name}", and this Lockstep deploys to "${variable('ENVIRONMENT')}"`;
    throw new LockstepError('InvalidRequest', { problems });
  }
  const json =
    request.configuration ??
    (await getJson(deps.s3, variable('ARTEFACTS_BUCKET'), configurationKey(name), z.unknown()));
  if (json === undefined) throw new LockstepError('EnvironmentMissing', { environment: name });
  const read = parseEnvironment(json);
  if ('problems' in read) {
    const { problems } = read;
    throw new LockstepError('EnvironmentInvalid', {
      environment: name,
      count: problems.length === 1 ? 'a problem' : `${problems.length} problems`,
      problems: problemsText(problems),
    });
  }
  const settings = settingsOf(read.environment, name, service);
  if (settings) return { environment: read.environment, settings };
  const known = Object.keys(read.environment.services).join(', ');
  throw new LockstepError('ServiceUnknown', { environment: name, service, known });
}

/** What later requests go by that bring no environment file of their own. */
export async function keepConfiguration(
  { configuration, environment }: DeployRequest,
  { s3 }: { s3: S3Client },
): Promise<void> {
  if (!configuration) return;
  await putJson(s3, variable('ARTEFACTS_BUCKET'), configurationKey(environment), configuration);
}

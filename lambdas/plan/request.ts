/** What is asked for: the request, and the environment file that it brings or that was sent last. */
import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { getJson } from '../../aws/artefacts.ts';
import { parseEnvironment } from '../../core/environment.ts';
import { LockstepError } from '../../core/errors.ts';
import { type Settings, settingsOf } from '../../core/plan.ts';
import { problemsText } from '../../core/problems.ts';
import { configurationKey } from '../../core/release.ts';
import { type DeployRequest, parseRequest } from '../../core/request.ts';
import { variable } from '../variables.ts';

export function readRequest(json: unknown): DeployRequest {
  const read = parseRequest(json);
  if ('request' in read) return read.request;
  throw new LockstepError('InvalidRequest', { problems: problemsText(read.problems) });
}

export async function readSettings(request: DeployRequest, deps: { s3: S3Client }): Promise<Settings> {
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
  if (settings) return settings;
  const known = Object.keys(read.environment.services).join(', ');
  throw new LockstepError('ServiceUnknown', { environment: name, service, known });
}

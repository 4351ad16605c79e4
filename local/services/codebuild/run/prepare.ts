/** PROVISIONING: the role is assumed, its log may be written, the variables have their values. */
import { S3Client } from '@aws-sdk/client-s3';
import { AwsError, type Principal } from '../../../service.ts';
import { type Build, type Builds, logPlace } from '../model.ts';
import type { Progress } from '../progress.ts';
import { BuildFailed, type PreparedBuild } from './runtime.ts';

export async function prepare(builds: Builds, progress: Progress): Promise<PreparedBuild> {
  const { world } = builds;
  const { build } = progress;
  const { iam } = world.ports;
  if (!iam.trusts(build.serviceRole, 'codebuild.amazonaws.com')) {
    throw new BuildFailed(
      'ACCESS_DENIED',
      `CodeBuild is not authorized to perform: sts:AssumeRole on service role. Please verify that: 1) The provided service role exists, 2) CodeBuild is authorized to assume the role: ${build.serviceRole}`,
    );
  }
  const session = `AWSCodeBuild-${build.id.split(':')[1]}`;
  const credentials = iam.assume(build.serviceRole, session);
  const principal = iam.principalOf(credentials.accessKeyId);
  if (!principal) throw new Error(`the session of ${build.serviceRole} was gone at once`);
  mayLog(builds, build, principal);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const variables = await resolve(builds, progress, principal);
  const s3 = new S3Client({
    endpoint: world.endpoint,
    region: world.region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  });
  return { world, build, progress, principal, credentials, variables, s3 };
}

function mayLog(builds: Builds, build: Build, principal: Principal): void {
  const { world } = builds;
  const place = logPlace(build);
  if (!place) return;
  const group = `arn:aws:logs:${world.region}:${world.account}:log-group:${place.group}`;
  try {
    world.ports.iam.authorize(principal, [
      { action: 'logs:CreateLogStream', resource: `${group}:log-stream:${place.stream}` },
      { action: 'logs:PutLogEvents', resource: `${group}:log-stream:${place.stream}` },
      ...(world.ports.logs.hasGroup(place.group)
        ? []
        : [{ action: 'logs:CreateLogGroup', resource: `${group}:*` }]),
    ]);
  } catch (error) {
    throw new BuildFailed(
      'ACCESS_DENIED',
      `Service role ${build.serviceRole} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for build ${builds.arn(build)}. Error message: ${(error as Error).message}`,
    );
  }
}

async function resolve(
  builds: Builds,
  progress: Progress,
  principal: Principal,
): Promise<Record<string, string>> {
  const variables: Record<string, string> = {};
  const secrets: string[] = [];
  for (const { name = '', value = '', type = 'PLAINTEXT' } of progress.build.environment
    .environmentVariables) {
    if (type === 'PLAINTEXT') variables[name] = value;
    else if (type === 'SECRETS_MANAGER') {
      variables[name] = await secretValue(builds, value, principal);
      secrets.push(variables[name]);
    } else {
      throw new BuildFailed(
        'CLIENT_ERROR',
        `Environment variable ${name}: type ${type} is not supported by the embedded AWS`,
      );
    }
  }
  progress.hide(secrets);
  return variables;
}

/** `SECRET-ID:JSON-KEY:VERSION-STAGE:VERSION-ID`; an ARN as secret id has six colons of its own. */
export async function secretValue(
  { world }: Builds,
  reference: string,
  principal: Principal,
): Promise<string> {
  const arn = /^(arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::(.*))?$/.exec(reference);
  const [id = '', rest = ''] = arn ? [arn[1], arn[2]] : (reference.match(/^([^:]*):?(.*)$/)?.slice(1) ?? []);
  const [key = '', stage = '', version = ''] = (rest ?? '').split(':');
  let text: string;
  try {
    const answer = await world.ports.dispatch.call(
      'secretsmanager',
      'GetSecretValue',
      {
        SecretId: id,
        ...(stage === '' ? {} : { VersionStage: stage }),
        ...(version === '' ? {} : { VersionId: version }),
      },
      principal,
    );
    text = String(answer['SecretString'] ?? '');
  } catch (error) {
    const code = error instanceof AwsError ? error.code : 'InternalError';
    throw new BuildFailed(
      'CLIENT_ERROR',
      `Secrets Manager Error Message: ${code}: ${(error as Error).message}`,
    );
  }
  if (key === '') return text;
  const value = (JSON.parse(text) as Record<string, unknown>)[key];
  if (value === undefined)
    throw new BuildFailed(
      'CLIENT_ERROR',
      `Secrets Manager Error Message: the secret ${id} has no key ${key}`,
    );
  return typeof value === 'string' ? value : JSON.stringify(value);
}

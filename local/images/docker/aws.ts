/** The one command of the AWS CLI that signing in to a registry needs. */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { onPath } from '../npm.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export async function main(args: readonly string[], environment: Environment): Promise<number> {
  const words = args.filter((word, index) => !word.startsWith('--') && !args[index - 1]?.startsWith('--'));
  if (words[0] !== 'ecr' || words[1] !== 'get-login-password') return machines(args, environment);
  if (!environment['AWS_ENDPOINT_URL'] && !environment['AWS_ENDPOINT_URL_ECR']) {
    process.stderr.write(
      'aws: AWS_ENDPOINT_URL is not set; this stand-in asks the embedded AWS and nobody else.\n',
    );
    return 255;
  }
  const region = args[args.indexOf('--region') + 1];
  const client = new ECRClient(args.includes('--region') && region !== undefined ? { region } : {});
  try {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString();
    process.stdout.write(`${token.replace('AWS:', '')}\n`);
    return 0;
  } catch (error) {
    const { name, message } = error as Error;
    process.stderr.write(
      `\nAn error occurred (${name}) when calling the GetAuthorizationToken operation: ${message}\n`,
    );
    return 254;
  }
}

/** The AWS CLI proper, behind this folder on the PATH. */
async function machines(args: readonly string[], environment: Environment): Promise<number> {
  const own = join(dirname(fileURLToPath(import.meta.url)), 'aws');
  const rest = (environment['PATH'] ?? '')
    .split(':')
    .filter((folder) => !isOurs(join(folder, 'aws'), own))
    .join(':');
  const program = onPath('aws', { PATH: rest });
  if (!program) {
    process.stderr.write(
      `aws: \`aws ${args.slice(0, 2).join(' ')}\` needs the AWS CLI, which is not on this machine; here is only \`aws ecr get-login-password\`.\n`,
    );
    return 252;
  }
  const child = spawn(program, args, { stdio: 'inherit', env: { ...environment, PATH: rest } });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve(code ?? 1));
    child.on('error', () => resolve(126));
  });
}

function isOurs(file: string, own: string): boolean {
  return existsSync(file) && realpathSync(file) === own;
}

/** What AWS answers when something is wrong with the caller: a sentence, a remedy, an exit code, and no stack trace. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { lockstep } from '../setup/command.ts';
import { openTestWorld } from '../setup/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-bad-'));
let server: Server;
let endpoint = '';
let answer: { status: number; code: string; message: string };

beforeAll(async () => {
  mkdirSync(join(folder, 'environments'));
  const environment = {
    deployment: { imageTagStrategy: 'mutable', autoScale: false, minTasks: 1, maxTasks: 1 },
    resources: { cpu: 256, memory: 512 },
    aws: { region: 'eu-central-1' },
    services: { backend: { cluster: 'none', port: 4000 } },
  };
  writeFileSync(join(folder, 'environments/dev.json'), JSON.stringify(environment));
  server = createServer((_, response) => {
    const { status, code, message } = answer;
    response.writeHead(status, { 'content-type': 'text/xml' });
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  [403, 'ExpiredToken', 'The security token included in the request is expired', /expired/i],
  [
    403,
    'SignatureDoesNotMatch',
    'Signature expired: 20261124T090000Z is now earlier than 20261124T100000Z',
    /clock is wrong/,
  ],
  [403, 'InvalidClientTokenId', 'The security token included in the request is invalid.', /does not accept/],
  [
    403,
    'SignatureDoesNotMatch',
    'Credential should be scoped to a valid region.',
    /scoped to a valid region/,
  ],
  [403, 'AccessDenied', 'User: x is not authorized to perform: sts:GetCallerIdentity', /not authorized/],
  [400, 'Throttling', 'Rate exceeded', /Rate exceeded|throttle/i],
])(
  '%d %s',
  async (status, code, message, sentence) => {
    answer = { status, code, message };
    const ran = await lockstep(['check', '--environment', 'dev'], {
      directory: folder,
      variables: { AWS_ENDPOINT_URL: endpoint },
    });
    const [problem = '', remedy = ''] = ran.stderr.trim().split('\n');
    expect(problem).toMatch(/^error: /);
    expect(problem).toMatch(sentence);
    expect(remedy).not.toBe('');
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    // `check` has no code of a deployment's verdict: 10 would be one.
    expect(ran.code).toBe(1);
  },
  60_000,
);

test('a region or an account without the stack is told as that, and not as a failure of ours', async () => {
  const world = await openTestWorld({
    volatile: true,
    region: 'eu-central-1',
    services: ['iam', 'sts', 'dynamodb'],
  });
  await world.start();
  try {
    for (const words of [['history'], ['show', '7c2f19aa'], ['cancel', '7c2f']]) {
      const ran = await lockstep([...words, '--environment', 'dev'], {
        directory: folder,
        variables: { AWS_ENDPOINT_URL: world.endpoint },
      });
      expect(ran.stderr).toContain(
        `there is no Lockstep for "dev" in eu-central-1 of account ${world.account}.`,
      );
      expect(ran.stderr).toContain('or check the region');
      expect(ran.code).toBe(1);
    }
  } finally {
    await world.close();
  }
}, 60_000);

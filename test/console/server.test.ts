/** The console's server against a journal that is a table in memory. */
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { documentClient, type Journal } from '../../aws/journal.ts';
import { serveConsole } from '../../console/server/server.ts';
import { entryOf, type JournalEntry } from '../../core/journal.ts';

const entry: JournalEntry = {
  ...entryOf(
    {
      id: '7k2f0001',
      target: 'backend/local',
      startedAt: '2026-11-24T10:00:00.000Z',
      executionArn: 'arn:aws:states:eu-central-1:000000000000:execution:lockstep-local-deploy:one',
      service: 'backend',
      environment: 'local',
      owner: 'arn:aws:states:eu-central-1:000000000000:execution:lockstep-local-deploy:one',
    },
    { commit: 'a1b2c3d', subject: 'Index documents', requestedBy: 'test' },
  ),
  steps: {
    AwaitApproval: {
      startedAt: '2026-11-24T10:00:01.000Z',
      status: 'waiting',
      summary: 'waits for a person',
      work: { taskToken: 'secret-token', consequences: ['downtime'] },
    },
  },
};
const sent: string[] = [];
const document = documentClient();
document.send = (async (command: object) => {
  sent.push(command.constructor.name);
  return { Items: [entry], Item: entry };
}) as unknown as typeof document.send;
const journal: Journal = { deployments: 'deployments', locks: 'locks', document };

let served: Awaited<ReturnType<typeof serveConsole>>;
beforeAll(async () => {
  const place = {
    environment: 'local',
    region: 'eu-central-1',
    account: '000000000000',
    services: ['backend'],
    journal,
  };
  served = await serveConsole({ places: [place], port: 0, interval: 1_000, requester: 'test' });
});
afterAll(() => served.close());
beforeEach(() => {
  sent.length = 0;
});

const get = async (path: string) => (await fetch(new URL(path, served.url))).text();
const tokenOf = async () => /csrf-token" content="([^"]+)"/.exec(await get('/'))?.[1] ?? '';
const cancel = (headers: Record<string, string>) =>
  fetch(new URL('/api/deployment/7k2f0001/cancel', served.url), { method: 'POST', headers });

test.each(['/api/now', '/api/history', '/api/deployment/7k2f0001'])(
  '%s shows the deployment and never its task token',
  async (path) => {
    const body = await get(path);
    expect(body).toContain('7k2f0001');
    expect(body).not.toContain('secret-token');
  },
);

test('a cancel from the page itself is passed on', async () => {
  const origin = new URL(served.url).origin;
  const answer = await cancel({ origin, 'x-csrf-token': await tokenOf() });
  expect(answer.status).toBe(202);
  expect(sent).toContain('UpdateCommand');
});

test('a cancel from another origin, or without the token, reaches no AWS', async () => {
  const origin = new URL(served.url).origin;
  expect((await cancel({ origin: 'http://evil.example', 'x-csrf-token': await tokenOf() })).status).toBe(403);
  expect((await cancel({ origin })).status).toBe(403);
  expect(sent).toEqual([]);
});

test('a foreign host name is refused', async () => {
  const { port } = new URL(served.url);
  const status = await new Promise((resolve) =>
    request({ host: '127.0.0.1', port, path: '/api/now', headers: { host: 'evil.example' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).end(),
  );
  expect(status).toBe(403);
});

test('the page loads nothing from elsewhere, and its script is at most 150 KB gzipped', async () => {
  const page = await fetch(served.url);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).not.toMatch(/(src|href)="https?:/);
  expect(gzipSync(await get('/console.js')).length).toBeLessThan(150_000);
});

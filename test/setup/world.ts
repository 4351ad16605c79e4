/** Throw-away worlds for contract tests and scenarios: an embedded AWS on a free port, in a folder that goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { createWorld, type OpenWorld, type WorldOptions } from '../../local/world.ts';

export interface TestWorld extends OpenWorld {
  /** What every SDK client of the test is made with: this endpoint, and a key that is the account's own. */
  readonly client: ClientSettings;
  /** The same, with the key of a role's session. */
  as(roleArn: string, session?: string): ClientSettings;
  /** What the world said, for assertions. */
  readonly said: readonly string[];
}

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: number;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** A test that fails before it closes its world must not keep jest from ending. */
const open = new Set<TestWorld>();
afterAll(async () => {
  for (const world of open) await world.close();
});

/** `services` are signing names; name those that the test needs, so that it starts quickly. */
export async function openTestWorld(options: Partial<WorldOptions> = {}): Promise<TestWorld> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'lockstep-world-'));
  const said: string[] = [];
  const world = await createWorld({ say: (line) => void said.push(line), ...options, folder });
  const settings = { endpoint: world.endpoint, region: world.region, maxAttempts: 1 };
  const test: TestWorld = {
    ...world,
    said,
    client: { ...settings, credentials: { accessKeyId: 'AKIATESTADMIN', secretAccessKey: 'none' } },
    as(roleArn, session = 'test') {
      const { accessKeyId, secretAccessKey, sessionToken } = world.ports.iam.assume(roleArn, session);
      return { ...settings, credentials: { accessKeyId, secretAccessKey, sessionToken } };
    },
    async close() {
      open.delete(test);
      await world.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
  open.add(test);
  return test;
}

/** For a whole test file: started before its tests, closed after them. */
export async function worldOfFile(options: Partial<WorldOptions> = {}): Promise<TestWorld> {
  const world = await openTestWorld(options);
  await world.start();
  return world;
}

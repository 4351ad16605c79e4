import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environmentFilesAt, readEnvironment } from '../../cli/environments.ts';
import { Repository } from '../../cli/repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-repository-'));
const git = (...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words], {
    cwd: folder,
    stdio: 'pipe',
  });
let repository: Repository;

const bad = {
  deployment: { imageTag: 'x', autoScale: false, minTasks: 1, maxTasks: 1 },
  resources: { cpu: 512, memory: 700 },
  aws: { region: 'eu-central-1' },
  services: { backend: { cluster: 'c' } },
};

beforeAll(async () => {
  git('init', '--quiet');
  mkdirSync(join(folder, 'environments'));
  writeFileSync(join(folder, 'environments/production.json'), JSON.stringify(bad));
  writeFileSync(join(folder, 'environments/broken.json'), '{');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'First');
  repository = await Repository.at(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a commit has its hash, subject and time', async () => {
  const commit = await repository.commit();
  expect(commit).toMatchObject({ subject: 'First', hash: expect.stringMatching(/^[0-9a-f]{40}$/) });
  expect(Date.parse(commit.committedAt)).not.toBeNaN();
});

test('a commit that does not exist is named', async () => {
  await expect(repository.commit('nowhere')).rejects.toThrow(
    'commit "nowhere" does not exist in this repository.',
  );
});

test('a misspelt environment is answered with the one that was meant', async () => {
  await expect(readEnvironment(repository.environments('HEAD'), 'prodution')).rejects.toThrow(
    'environment "prodution" does not exist; there are broken, production. Did you mean production?',
  );
});

test('an environment file that is not JSON is named', async () => {
  await expect(readEnvironment(repository.environments('HEAD'), 'broken')).rejects.toThrow(
    'environments/broken.json is not JSON',
  );
});

test('all problems of an environment file come at once, each with its path', async () => {
  const error: Error = await readEnvironment(repository.environments('HEAD'), 'production').then(
    () => new Error('no error'),
    (caught: Error) => caught,
  );
  expect(error.message).toContain('environments/production.json has 4 problems');
  expect(error.message).toContain('deployment.imageTag ');
  expect(error.message).toContain('did you mean imageTagStrategy?');
  expect(error.message).toContain('services.backend.port');
  expect(error.message).toContain('is missing; the port the container listens on, for example 4000');
});

test('files that are in no commit are seen', async () => {
  expect(await repository.dirtyFiles()).toEqual([]);
  writeFileSync(join(folder, 'new.txt'), '');
  expect(await repository.dirtyFiles()).toEqual(['new.txt']);
});

test('a folder without git is named', async () => {
  const plain = mkdtempSync(join(tmpdir(), 'lockstep-plain-'));
  await expect(Repository.at(plain)).rejects.toThrow(`${plain} is not in a git repository.`);
  rmSync(plain, { recursive: true });
});

test('verbs that only look read the working tree, from any folder of it', async () => {
  mkdirSync(join(folder, 'src/deep'), { recursive: true });
  expect(await environmentFilesAt(join(folder, 'src/deep')).names()).toEqual(
    expect.arrayContaining(['broken', 'production']),
  );
});

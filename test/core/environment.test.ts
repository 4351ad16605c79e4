import { expect, test } from '@jest/globals';
import { parseEnvironment } from '../../core/environment.ts';
import { settingsOf } from '../../core/plan.ts';

const good = {
  deployment: { imageTagStrategy: 'mutable', autoScale: false, minTasks: 1, maxTasks: 1 },
  resources: { cpu: 256, memory: 512 },
  aws: { region: 'eu-central-1' },
  services: { backend: { cluster: 'c', port: 4000 } },
};
const problems = (json: unknown): string[] => {
  const parsed = parseEnvironment(json);
  return 'problems' in parsed ? parsed.problems.map(({ path, sentence }) => `${path}: ${sentence}`) : [];
};

test('a file with what is needed is right, and the rest has defaults', () => {
  const parsed = parseEnvironment(good);
  expect(parsed).toMatchObject({
    environment: {
      services: { backend: { path: '.', health: { path: '/api/health', bakeSeconds: 60 } } },
      migrations: { snapshot: 'risky' },
    },
  });
});

test.each<[string, object, string]>([
  [
    'a misspelt key',
    { deployment: { ...good.deployment, minTask: 1 } },
    'deployment.minTask: unknown key; did you mean minTasks?',
  ],
  ['a key of nowhere', { frobnicate: 1 }, 'frobnicate: unknown key; there are'],
  [
    'a key in a service',
    { services: { backend: { cluster: 'c', port: 4000, prot: 1 } } },
    'services.backend.prot: unknown key; did you mean port?',
  ],
  [
    'a wrong type',
    { deployment: { ...good.deployment, autoScale: 'yes' } },
    'deployment.autoScale: must be of type boolean',
  ],
  [
    'something missing',
    { services: { backend: { cluster: 'c' } } },
    'services.backend.port: is missing; the port the container listens on, for example 4000',
  ],
  [
    'a size that Fargate has not',
    { resources: { cpu: 512, memory: 700 } },
    'resources.memory: 700 is not a size that Fargate has with cpu 512; use 1024, 2048, 3072 or 4096',
  ],
  [
    'a cpu that Fargate has not',
    { resources: { cpu: 300, memory: 512 } },
    'resources.cpu: 300 is not a CPU size that Fargate has',
  ],
  [
    'bounds the wrong way round',
    { deployment: { ...good.deployment, minTasks: 5 } },
    'deployment.minTasks: is 5, more than maxTasks (1)',
  ],
  [
    'a region that is none',
    { aws: { region: 'frankfurt' } },
    'aws.region: is not an AWS region, for example eu-central-1',
  ],
  ['no service', { services: {} }, 'services: is empty; name at least one service, for example "backend"'],
])('%s is told with its path and what is right', (_, over, sentence) => {
  expect(problems({ ...good, ...over }).join('\n')).toContain(sentence);
});

const placed = (place: object) => ({
  ...good,
  services: { backend: { cluster: 'c', port: 4000, ...place } },
});

test.each<[string, object, string]>([
  ['a folder above the repository', { path: '../other' }, 'services.backend.path: leads out'],
  ['a folder by its full path', { path: '/srv/backend' }, 'services.backend.path: leads out'],
  ['a way out by detours', { path: 'a/../b/../../c' }, 'services.backend.path: leads out'],
  ['a separator of another system', { path: 'a\\..\\..\\b' }, 'services.backend.path: leads out'],
  [
    'a Dockerfile outside',
    { path: 'a', dockerfile: '../../Dockerfile' },
    'services.backend.dockerfile: leads out',
  ],
  [
    'a Dockerfile by its full path',
    { dockerfile: '/etc/Dockerfile' },
    'services.backend.dockerfile: leads out',
  ],
  ['a context outside', { build: { context: '..' } }, 'services.backend.build.context: leads out'],
  [
    'a lock file outside',
    { path: 'a', build: { workingDirectory: 'a/../..' } },
    'services.backend.build.workingDirectory: leads out',
  ],
  [
    'a lock file beside the service',
    { path: 'services/api', build: { workingDirectory: 'services/web' } },
    "services.backend.build.workingDirectory: does not hold the service's folder (services/api)",
  ],
  [
    'a misspelt key',
    { build: { kontext: '.' } },
    'services.backend.build.kontext: unknown key; did you mean context?',
  ],
])('%s is refused: a build reads the commit and nothing else', (_, place, sentence) => {
  expect(problems(placed(place)).join('\n')).toContain(sentence);
});

test('a service in a monorepo has its image built from the root, or from its own folder where nothing is said', () => {
  const build = (place: object) => {
    const parsed = parseEnvironment(placed(place));
    return 'environment' in parsed
      ? settingsOf(parsed.environment, 'dev', 'backend')?.build
      : parsed.problems;
  };
  const inside = { path: 'services/api', dockerfile: '../../docker/api.Dockerfile' };
  expect(build(inside)).toEqual({ context: 'services/api', workingDirectory: 'services/api' });
  expect(build({ ...inside, build: { context: '.', workingDirectory: './services/..' } })).toEqual({
    context: '.',
    workingDirectory: './services/..',
  });
});

test('all problems come at once', () => {
  expect(
    problems({ ...good, resources: { cpu: 512, memory: 700 }, frobnicate: 1, services: { backend: {} } })
      .length,
  ).toBeGreaterThanOrEqual(4);
});

test.each([null, 'text', [], 1])('%j is no environment file', (json) => {
  expect(problems(json).length).toBeGreaterThan(0);
});

import { lockTimeoutFor, migrationRevision } from '../../core/migration-task.ts';
import { copyOf, differences, nextRevision } from '../../core/task-definition.ts';
import { PLAN } from '../setup/function.ts';

const CURRENT = {
  taskDefinitionArn: 'arn:41',
  family: 'backend-production',
  revision: 41,
  status: 'ACTIVE',
  requiresAttributes: [{ name: 'x' }],
  compatibilities: ['FARGATE'],
  registeredAt: new Date(0),
  registeredBy: 'somebody',
  cpu: '256',
  memory: '512',
  // A field that no version of this code has heard of.
  quantumMode: { entangled: true, partners: ['a', 'b'] },
  volumes: [{ name: 'data', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }],
  containerDefinitions: [
    {
      name: 'backend',
      image: 'backend@sha256:old',
      essential: true,
      ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 2 }],
      futureField: [1, { deep: null }],
      environment: [
        { name: 'ZULU', value: '1' },
        { name: 'ALPHA', value: '2' },
      ],
      secrets: [{ name: 'DATABASE_URL', valueFrom: 'arn:secret' }],
    },
    { name: 'proxy', image: 'proxy:1', essential: true, environment: [{ name: 'ALPHA', value: 'other' }] },
  ],
};
const settings = (more: object = {}) => ({ ...PLAN.settings, ...more });

describe('the next revision', () => {
  const next = nextRevision(
    CURRENT,
    'backend@sha256:new',
    settings({ variables: { ALPHA: '3', NEW: 'x', EXTRA: 'y' } }),
  );

  test('keeps every field that it does not know, in the task and in its containers', () => {
    expect(next).toMatchObject({ quantumMode: CURRENT.quantumMode, volumes: CURRENT.volumes });
    expect(next.containerDefinitions?.[0]).toMatchObject({
      futureField: [1, { deep: null }],
      ulimits: [{ hardLimit: 2 }],
      secrets: [{ valueFrom: 'arn:secret' }],
    });
  });

  test('drops what only ECS may say', () => {
    for (const field of [
      'taskDefinitionArn',
      'revision',
      'status',
      'requiresAttributes',
      'compatibilities',
      'registeredAt',
      'registeredBy',
    ]) {
      expect(next).not.toHaveProperty(field);
    }
  });

  test('has the release’s image in the service’s container, and no other', () => {
    expect(next.containerDefinitions?.map(({ image }) => image)).toEqual(['backend@sha256:new', 'proxy:1']);
  });

  test('has the environment’s size and variables: what was there keeps its place, what is new follows in order', () => {
    expect(next).toMatchObject({ cpu: '512', memory: '1024' });
    expect(next.containerDefinitions?.[0]?.environment).toEqual([
      { name: 'ZULU', value: '1' },
      { name: 'ALPHA', value: '3' },
      { name: 'EXTRA', value: 'y' },
      { name: 'NEW', value: 'x' },
    ]);
    expect(next.containerDefinitions?.[1]?.environment).toEqual([{ name: 'ALPHA', value: 'other' }]);
  });

  test('leaves the current one as it is', () => {
    expect(CURRENT.containerDefinitions[0]?.image).toBe('backend@sha256:old');
    expect(copyOf(CURRENT)).toMatchObject({ family: 'backend-production', cpu: '256' });
  });
});

describe('what differs', () => {
  test('is told field by field, with containers and variables by their names', () => {
    const next = nextRevision(
      CURRENT,
      'backend@sha256:new',
      settings({ variables: { NEW: 'x' }, cpu: 256, memory: 1024 }),
    );
    expect(differences(CURRENT, next)).toEqual([
      { path: 'memory', before: '512', after: '1024' },
      {
        path: 'containerDefinitions[backend].image',
        before: 'backend@sha256:old',
        after: 'backend@sha256:new',
      },
      { path: 'containerDefinitions[backend].environment.NEW', before: undefined, after: 'x' },
    ]);
  });

  test('is nothing for the same once more', () => {
    const same = settings({ cpu: 256, memory: 512, variables: { ALPHA: '2' } });
    expect(differences(CURRENT, nextRevision(CURRENT, 'backend@sha256:old', same))).toEqual([]);
  });
});

describe('the revision that migrates', () => {
  const migrates = migrationRevision(CURRENT, 'backend@sha256:new', settings(), '5s');
  const [backend = {}, proxy = {}] = migrates.containerDefinitions as unknown as Record<string, unknown>[];

  test('is of a family of its own, with all that lets the service reach its database', () => {
    expect(migrates).toMatchObject({
      family: 'backend-production-migrate',
      quantumMode: CURRENT.quantumMode,
    });
    expect(backend).toMatchObject({ image: 'backend@sha256:new', secrets: [{ valueFrom: 'arn:secret' }] });
  });

  test('runs one thing, and ends with it, whatever stands beside it', () => {
    expect(backend).toMatchObject({ essential: true, entryPoint: ['sh', '-c'] });
    expect(proxy).toMatchObject({ name: 'proxy', essential: false });
  });

  test.each([
    [['1'], ['1', '2'], '5s'],
    [['1', '2'], ['1', '2'], '0'],
    [undefined, ['1'], '5s'],
  ])(
    'waits without end only where all of it keeps nobody out: concurrent %j of %j',
    (concurrent, pending, is) => {
      expect(lockTimeoutFor({ pending, ...(concurrent && { concurrent }) }, { lockTimeout: '5s' })).toBe(is);
    },
  );

  test('lets neither npm nor Prisma fetch anything', () => {
    expect(backend['environment']).toEqual(
      expect.arrayContaining([
        { name: 'NPM_CONFIG_YES', value: 'false' },
        { name: 'CHECKPOINT_DISABLE', value: '1' },
      ]),
    );
  });
});

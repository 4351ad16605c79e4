/** What holds for the files as they are, whoever runs them. What they do is in the traces beside this file. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ERRORS } from '../../core/errors.ts';
import { STEPS } from '../../core/steps.ts';
import { endState, VERDICT_NAMES } from '../../core/verdict.ts';

interface State {
  Type: string;
  Comment?: string;
  Resource?: string;
  Arguments?: Record<string, unknown>;
  Next?: string;
  Default?: string;
  Error?: string;
  TimeoutSeconds?: number;
  Retry?: { ErrorEquals: string[] }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
  Choices?: { Condition: string; Next: string }[];
  ItemProcessor?: Machine;
}
interface Machine {
  StartAt: string;
  TimeoutSeconds?: number;
  States: Record<string, State>;
}

const read = (name: string): Machine =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../statemachine', `${name}.asl.json`), 'utf8'));
const deploy = read('deploy');
const recover = read('recover');
const schedule = read('schedule');
const each = recover.States['EachOrphan']?.ItemProcessor as Machine;

/** The validator is CommonJS with a default export inside its default export. */
const aslValidator = createRequire(import.meta.url)('asl-validator') as (definition: object) => {
  isValid: boolean;
  errors: unknown[];
};

describe.each([
  ['deploy', deploy],
  ['recover', recover],
  ['schedule', schedule],
])('%s.asl.json', (_, machine) => {
  test('is valid by asl-validator', () => {
    const { errors } = aslValidator(machine);
    expect(errors).toEqual([]);
  });

  test('has a time-out of its own', () => {
    expect(machine.TimeoutSeconds).toBeGreaterThan(0);
  });
});

const machines: [string, Machine][] = [
  ['deploy', deploy],
  ['recover', recover],
  ['recover, each orphan', each],
  ['schedule', schedule],
];

describe.each(machines)('the states of %s', (_, machine) => {
  const states = Object.entries(machine.States);
  const tasks = states.filter(([, state]) => state.Type === 'Task');

  test('each says in plain words what it is for', () => {
    expect(
      states.filter(([, state]) => !/^[A-Z].{10,}\.$|\?$/s.test(state.Comment ?? '')).map(([name]) => name),
    ).toEqual([]);
  });

  test('each is reached', () => {
    expect(unreached(machine)).toEqual([]);
  });

  test.each(tasks)('%s has a time-out, and retries what is transient', (_name, state) => {
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
    const retried = (state.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
    const transient = state.Resource?.includes('lambda')
      ? [
          'Lambda.ClientExecutionTimeoutException',
          'Lambda.ServiceException',
          'Lambda.AWSLambdaException',
          'Lambda.SdkClientException',
          'Lambda.TooManyRequestsException',
        ]
      : state.Resource?.includes('startExecution')
        ? ['StepFunctions.ThrottlingException', 'StepFunctions.SdkClientException']
        : ['DynamoDB.ThrottlingException', 'DynamoDB.InternalServerError'];
    expect(retried).toEqual(expect.arrayContaining(transient));
  });

  test.each(tasks)('%s leads every error that it does not name to one end', (_name, state) => {
    expect(state.Catch?.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
  });

  test('every named error is one of the table or one of AWS', () => {
    const aws = /^(States|Lambda|Sandbox|DynamoDB|StepFunctions)\.\w+$/;
    const named = states.flatMap(([, state]) =>
      [...(state.Retry ?? []), ...(state.Catch ?? [])].flatMap(({ ErrorEquals }) => ErrorEquals),
    );
    expect(named.filter((error) => !aws.test(error) && !Object.hasOwn(ERRORS, error))).toEqual([]);
  });
});

describe('deploy', () => {
  const tasks = Object.entries(deploy.States).filter(([, state]) => state.Type === 'Task');

  test('has a state for each step, one that looks at a person’s answer, and no other task', () => {
    expect(tasks.map(([name]) => name).sort()).toEqual([...STEPS, 'CheckApproval'].sort());
  });

  test.each(tasks)('%s leads its errors to where they are judged or recorded', (_, state) => {
    expect(['Record', 'Rollback', 'HealthDecided', 'NotRecorded']).toContain(state.Catch?.at(-1)?.Next);
  });

  test('has an end for each verdict, red unless it is good', () => {
    const ends = VERDICT_NAMES.map((verdict) => [verdict, deploy.States[endState(verdict)]] as const);
    for (const [verdict, state] of ends) {
      const good = verdict === 'succeeded' || verdict === 'unchanged';
      expect([verdict, state?.Type]).toEqual([verdict, good ? 'Succeed' : 'Fail']);
      if (!good) expect(state?.Error).toBe(verdict);
    }
  });

  test('names every function as the stack substitutes it', () => {
    const used = [...JSON.stringify(deploy).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    const steps = STEPS.filter((step) => step !== 'AcquireLock').map((step) => `${step}FunctionArn`);
    expect([...new Set(used)].sort()).toEqual(['LocksTableName', ...steps].sort());
  });

  test('takes at most 45 transitions to build, migrate and verify, polls not counted', () => {
    const path = goodPath();
    expect(path.at(-1)).toBe('Succeeded');
    expect(path).toEqual(expect.arrayContaining(['Build', 'Migrate', 'Snapshot', 'VerifyHealth']));
    // Entering the first state and leaving the last are transitions too.
    expect(path.length + 1).toBeLessThanOrEqual(45);
  });

  test('a poll costs at most 3 transitions', () => {
    const loops = tasks.flatMap(([name, state]) => {
      const choice = deploy.States[state.Next ?? ''];
      return (choice?.Choices ?? []).flatMap(({ Next }) => {
        const wait = deploy.States[Next];
        return wait?.Type === 'Wait' ? [[name, state.Next, Next, wait.Next]] : [];
      });
    });
    expect(loops.map(([name]) => name)).toEqual([
      'Build',
      'Snapshot',
      'Migrate',
      'UpdateService',
      'VerifyHealth',
      'Rollback',
    ]);
    // Task, Choice, Wait, and the same Task again.
    for (const [name, , , again] of loops) expect(again).toBe(name);
  });
});

describe('recover', () => {
  test('an orphan that cannot be recovered does not keep the others waiting', () => {
    // A Fail state inside an inline Map would end the Map, and every iteration that still runs with it.
    expect(Object.values(each.States).filter(({ Type }) => Type === 'Fail')).toEqual([]);
    expect(recover.States['SomeLeft']?.Type).toBe('Fail');
  });
});

/** The longest way that ends well without an approval: everything is built, snapshotted, migrated and verified. */
function goodPath(): string[] {
  const answers: Record<string, string> = {
    Addressed: 'AcquireLock',
    BuildNeeded: 'Build',
    BuildDone: 'MigrateCheck',
    MigrationVerdict: 'Snapshot',
    SnapshotDone: 'Migrate',
    MigrateDone: 'UpdateService',
    UpdateDone: 'VerifyHealth',
    HealthDecided: 'Record',
    Outcome: 'Succeeded',
  };
  const path: string[] = [];
  for (let name: string | undefined = deploy.StartAt; name !== undefined && path.length < 100; ) {
    path.push(name);
    const state: State | undefined = deploy.States[name];
    name = state?.Type === 'Choice' ? answers[name] : state?.Next;
  }
  return path;
}

function unreached({ StartAt, States }: Machine): string[] {
  const seen = new Set<string>();
  const queue = [StartAt];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const state = States[name];
    const next = [
      state?.Next,
      state?.Default,
      ...(state?.Choices ?? []).map(({ Next }) => Next),
      ...(state?.Catch ?? []).map(({ Next }) => Next),
    ];
    queue.push(...next.filter((each) => each !== undefined));
  }
  return Object.keys(States).filter((name) => !seen.has(name));
}

import { join } from 'node:path';
import { breaches, breachesOf } from '../scripts/imports.ts';

describe('the import table', () => {
  test('every file keeps to it', () => {
    expect(breaches(join(import.meta.dirname, '..'))).toEqual([]);
  });

  test.each([
    [
      'core reaches into AWS',
      'core/plan.ts',
      "import { x } from '../aws/ecs.ts';",
      'core may not import aws',
    ],
    [
      'core reads a file',
      'core/plan.ts',
      "import { readFileSync } from 'node:fs';",
      'it may not import node:fs',
    ],
    ['core looks at the clock', 'core/plan.ts', 'const now = Date.now();', 'core has no clock'],
    ['core uses a package', 'core/plan.ts', "import pg from 'pg';", 'core may not import pg'],
    [
      'judge knows AWS',
      'judge/a/b.ts',
      "import { S3Client } from '@aws-sdk/client-s3';",
      'judge may not import',
    ],
    [
      'a step imports another step',
      'lambdas/build/index.ts',
      "import { x } from '../plan/read.ts';",
      'lambdas/build may not import lambdas/plan',
    ],
    [
      'production code imports the embedded AWS',
      'cli/commands/start.ts',
      "const { serve } = await import('../../local/main.ts');",
      'production code must not know',
    ],
    [
      'the page runs code of core',
      'console/web/app.ts',
      "import { duration } from '../../core/outcome.ts';",
      '`import type`',
    ],
    [
      'an import spans several lines',
      'aws/ecs.ts',
      "import {\n  one,\n  two,\n} from '../judge/index.ts';",
      'aws may not import judge',
    ],
  ])('it is refused that %s', (_, path, text, sentence) => {
    expect(breachesOf(path, text)).toEqual([
      expect.objectContaining({ sentence: expect.stringContaining(sentence) }),
    ]);
  });

  test.each([
    ['a step uses the common chain', 'lambdas/build/index.ts', "import { step } from '../step.ts';"],
    ['the page uses types of core', 'console/web/app.ts', "import type { Plan } from '../../core/plan.ts';"],
    ['local reads core', 'local/states/machine.ts', "import { STEPS } from '../../core/steps.ts';"],
    ['a comment may speak of the clock', 'core/plan.ts', '// Date.now() is passed in.'],
  ])('it is allowed that %s', (_, path, text) => {
    expect(breachesOf(path, text)).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ERRORS, type ErrorName, fill, LockstepError } from '../../core/errors.ts';

const root = join(import.meta.dirname, '../..');

test('data is filled into sentence and remedy; what is not given leaves no braces and no gap', () => {
  const error = new LockstepError('RollbackTargetMissing', { target: 'backend/production' });
  expect(error.message).toBe('There is no release of backend/production that is known to work.');
  expect(fill('a {b} c', {})).toBe('a c');
  expect(fill('  {b}  c', { b: 'x' })).toBe('x  c');
});

test('an error’s name is what Step Functions matches', () => {
  expect(new LockstepError('LockHeld', { target: 't' }).name).toBe('LockHeld');
});

test.each(Object.entries(ERRORS))('%s says what happened and what to do', (_, { sentence, remedy }) => {
  expect(sentence.length).toBeGreaterThan(5);
  expect(remedy.length).toBeGreaterThan(5);
});

test('every error of the table is thrown, returned or caught somewhere', () => {
  const code = ['aws', 'cli', 'console', 'core', 'judge', 'lambdas', 'local', 'statemachine']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(root, folder, file),
      ),
    )
    .filter((file) => /\.(ts|json)$/.test(file) && !file.endsWith('core/errors.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const unused = (Object.keys(ERRORS) as ErrorName[]).filter(
    (name) => !new RegExp(`['"]${name}['"]`).test(code),
  );
  expect(unused).toEqual([]);
});

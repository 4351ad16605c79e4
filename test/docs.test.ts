import { generated, outdated } from '../scripts/docs.ts';

describe('documents that are made from code', () => {
  test('none is out of date (`npm run docs` writes them)', async () => {
    expect(await outdated()).toEqual([]);
  });

  test('every key of the environment file and every error is in its reference', async () => {
    const files = await generated();
    expect(files['docs/configuration.md']).toContain('`imageTagStrategy`');
    expect(files['docs/configuration.md']).toContain('`services.<name>.health.targetCheck`');
    expect(files['docs/errors.md']).toContain('### LockHeld');
    expect(files['docs/state-machine.md']).toContain('Build ↻');
  });
});

/**
 * The interpreter against recordings of the real service. The recordings lie beside the repository, not in it
 * (`../shared/data/sfn-recorded.jsonl`, or wherever `SFN_RECORDED` says); where they are absent, the test says that it skips.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparable, type Recording, replay, sameEvents } from './recorded.ts';

const file =
  process.env['SFN_RECORDED'] ?? join(import.meta.dirname, '../../../../shared/data/sfn-recorded.jsonl');
const recordings: Recording[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Recording)
  : [];

if (recordings.length === 0) {
  test.skip(`skipped: there are no recordings at ${file}`, () => {});
} else {
  test.each(recordings.map((recording) => [recording.name, recording] as const))(
    'runs as the real service did: %s',
    async (_name, recording) => {
      const { record } = await replay(recording);
      const { status, output, error, cause, events } = recording.expected;
      expect(
        comparable({
          status: record.status,
          output: record.output,
          error: record.error,
          cause: record.cause,
        }),
      ).toEqual(comparable({ status, output, error, cause }));
      sameEvents(record.events, events, recording.notes ?? []);
    },
  );
}

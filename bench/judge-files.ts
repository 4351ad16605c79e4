/** Judges every migration of a folder without rehearsal and prints the seconds that it took, and those since the process started: bench/judge.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrationPolicySchema } from '../core/migrations.ts';
import { judge } from '../judge/index.ts';

const folder = process.argv[2] ?? '.';
const pending = readdirSync(folder)
  .sort()
  .map((name) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }));
const started = performance.now();
await judge({
  pending,
  applied: [],
  policy: migrationPolicySchema.parse({}),
  now: new Date(),
  rehearse: false,
});
console.log(
  JSON.stringify({ judging: (performance.now() - started) / 1000, whole: performance.now() / 1000 }),
);

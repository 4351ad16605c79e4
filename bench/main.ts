/**
 * `npm run bench`: every figure that this project claims, measured side by side in one run. Absolute times differ
 * from machine to machine; a ratio to something that everybody has does not.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './row.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ bench(): Promise<Row[]> }>>> = {
  bundles: () => import('./bundles.ts'),
  interpreter: () => import('./interpreter.ts'),
  judge: () => import('./judge.ts'),
  command: () => import('./command.ts'),
  console: () => import('./console.ts'),
  deployment: () => import('./deployment.ts'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  process.stderr.write(
    `error: there is no bench "${unknown[0]}"; there are ${Object.keys(BENCHES).join(', ')}.\n`,
  );
  process.exit(1);
}

const rows: Row[] = [];
for (const [name, load] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  rows.push(...(await (await load()).bench()));
}

const table = rows.map((row) => [
  row.what,
  `${figure(row.value)} ${row.unit}`.trim(),
  row.against,
  row.goal,
  row.reached ? 'reached' : 'missed',
]);
const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
for (const cells of table)
  process.stdout.write(
    `${cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`,
  );

// A partial run must not replace the rows of a whole one.
if (wanted.length === 0)
  writeFileSync(join(import.meta.dirname, 'results.json'), `${JSON.stringify(rows, null, 2)}\n`);

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

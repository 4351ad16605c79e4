/** The judge: reading beside squawk's speed, the rehearsal's time a statement, a long history, memory and cold start. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { migrationPolicySchema } from '../core/migrations.ts';
import { externals } from '../judge/assets.ts';
import { closeRehearsal, judge } from '../judge/index.ts';
import type { Row } from './row.ts';

const policy = migrationPolicySchema.parse({});
const now = new Date('2026-01-01T00:00:00Z');
const root = join(import.meta.dirname, '..');
const ROUNDS = 8;

/** A migration as Prisma writes it: a table, its indexes, its foreign key; now and then a change of an older table. */
function migration(index: number): { name: string; sql: string } {
  const table = `Model${index}`;
  const lines = [
    '-- CreateTable',
    `CREATE TABLE "${table}" ("id" SERIAL NOT NULL, "name" TEXT NOT NULL, "amount" DECIMAL(10,2), "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "parentId" INTEGER, CONSTRAINT "${table}_pkey" PRIMARY KEY ("id"));`,
    '-- CreateIndex',
    `CREATE INDEX "${table}_name_idx" ON "${table}"("name");`,
  ];
  if (index > 0) {
    const parent = `Model${index - 1}`;
    lines.push(
      `ALTER TABLE "${table}" ADD CONSTRAINT "${table}_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "${parent}"("id") ON DELETE SET NULL ON UPDATE CASCADE;`,
    );
    lines.push(`ALTER TABLE "${parent}" ADD COLUMN "note${index}" TEXT;`);
  }
  return { name: String(20_240_000 + index), sql: `${lines.join('\n')}\n` };
}

const files = (count: number): { name: string; sql: string }[] =>
  Array.from({ length: count }, (_, index) => migration(index));

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** squawk's own binary, where SQUAWK names it (`pip download squawk-cli` brings one; no package of ours does). */
function squawk(folder: string, paths: string[]): number | undefined {
  const binary = process.env['SQUAWK'];
  if (!binary) return undefined;
  const started = performance.now();
  const { error } = spawnSync(binary, paths, { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  return error ? undefined : (performance.now() - started) / 1000;
}

async function reading(): Promise<Row[]> {
  const pending = files(200);
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    for (const file of pending) {
      mkdirSync(join(folder, file.name));
      writeFileSync(join(folder, file.name, 'migration.sql'), file.sql);
    }
    const bundle = join(root, 'node_modules', '.lockstep-bench', 'judge-files.mjs');
    // As the command ships it (scripts/build.ts): one file, not a hundred to be stripped of their types at each start.
    await build({
      entryPoints: [join(import.meta.dirname, 'judge-files.ts')],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      mainFields: ['module', 'main'],
      minifySyntax: true,
      external: [...externals],
    });
    const paths = pending.map((file) => `${file.name}/migration.sql`);
    let judging = Number.POSITIVE_INFINITY;
    let whole = Number.POSITIVE_INFINITY;
    let theirs: number | undefined;
    // By turns, and the fastest of each counts: whatever else the machine does can only make one slower.
    for (let round = 0; round < ROUNDS; round++) {
      const own = spawnSync(process.execPath, [bundle, folder], { encoding: 'utf8' });
      if (own.status !== 0) throw new Error(`the judge of 200 files ended with: ${own.stderr}`);
      const took = JSON.parse(own.stdout) as { judging: number; whole: number };
      judging = Math.min(judging, took.judging);
      whole = Math.min(whole, took.whole);
      const other = squawk(folder, paths);
      theirs = other === undefined ? undefined : Math.min(theirs ?? other, other);
    }
    const row = (what: string, value: number): Row => ({
      what: `judge: 200 migration files, ${what}`,
      ...(theirs === undefined
        ? { value, unit: 's', against: 'nothing: SQUAWK names no squawk', goal: 'told', reached: true }
        : {
            value: value / theirs,
            unit: '× squawk',
            against: `${value.toFixed(3)} s beside ${theirs.toFixed(3)} s`,
            goal: '<= 2',
            reached: value / theirs <= 2,
          }),
    });
    return [row('read and judged', judging), row('with the start of Node', whole)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The statements measured on PostgreSQL 15 that run inside a transaction, on tables of few rows. */
async function rehearsing(): Promise<Row[]> {
  const { loadParser, parseMigration } = await import('../judge/parse/statements.ts');
  const { defaultLimits, Thread } = await import('../judge/rehearse/thread.ts');
  await loadParser();
  const data = join(root, 'test/judge/data');
  const context = readFileSync(join(data, 'pg15-measured-context.sql'), 'utf8').replaceAll(
    'generate_series(1,1000)',
    'generate_series(1,10)',
  );
  const statements = readFileSync(join(data, 'pg15-measured.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { sql: string }).sql)
    .filter((sql) => !/CONCURRENTLY|VACUUM|CREATE DATABASE|ALTER SYSTEM/.test(sql));
  const thread = new Thread(defaultLimits);
  const before = process.memoryUsage.rss();
  const opening = await seconds(() =>
    thread.ask({ do: 'open', snapshot: undefined, extensions: ['btree_gist', 'citext'] }),
  );
  await thread.ask({
    do: 'replay',
    files: [
      {
        name: 'context',
        sql: context,
        statements: parseMigration({ name: 'context', sql: context }).statements.map(
          (statement) => statement.text,
        ),
      },
    ],
  });
  const times: number[] = [];
  for (const [index, sql] of statements.entries())
    times.push(
      (
        await thread.ask({
          do: 'rehearse',
          statement: { migration: 'x', index, sql, outside: false, undo: true, tables: [] },
        })
      ).milliseconds,
    );
  const memory = (process.memoryUsage.rss() - before) / 1024 / 1024;
  await thread.close();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  const row = (what: string, value: number, unit: string, goal: number): Row => ({
    what: `judge: ${what}`,
    value,
    unit,
    against: '',
    goal: `<= ${goal}`,
    reached: value <= goal,
  });
  return [
    row('rehearsal of a statement, p50', at(0.5), 'ms', 5),
    row('rehearsal of a statement, p95', at(0.95), 'ms', 15),
    row('rehearsal opened from nothing', opening, 's', 4),
    row('memory of the rehearsal', memory, 'MiB', 700),
  ];
}

async function longHistory(): Promise<Row> {
  const applied = files(1000);
  const pending = [{ name: '20250000_next', sql: 'ALTER TABLE "Model999" ADD COLUMN "x" INTEGER;' }];
  const cacheFolder = mkdtempSync(join(tmpdir(), 'lockstep-bases-'));
  try {
    const run = () => judge({ pending, applied, policy, now, rehearse: { cacheFolder } });
    const first = await seconds(run);
    await closeRehearsal();
    const again = await seconds(run);
    return {
      what: 'judge: 1,000 migrations of history, rehearsed again',
      value: again,
      unit: 's',
      against: `the first time ${first.toFixed(1)} s`,
      goal: '<= 3',
      reached: again <= 3,
    };
  } finally {
    await closeRehearsal();
    rmSync(cacheFolder, { recursive: true, force: true });
  }
}

export async function bench(): Promise<Row[]> {
  return [...(await reading()), ...(await rehearsing()), await longHistory()];
}

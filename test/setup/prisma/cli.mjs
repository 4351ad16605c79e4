// `prisma migrate deploy` and `prisma migrate resolve` as an image runs them: Prisma's own engine, spoken to as Prisma's
// command line speaks to it, on the migrations of the folder that it is started in. It prints and ends as Prisma does.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ENGINE = fileURLToPath(new URL('../../../local/prisma/schema-engine', import.meta.url));
const url = process.env.DATABASE_URL;
const engine = spawn(process.execPath, [ENGINE, '--datasource', JSON.stringify({ url })], {
  stdio: ['pipe', 'pipe', 'ignore'],
});
const waiting = new Map();
createInterface({ input: engine.stdout }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === undefined) waiting.get(message.id)?.(message);
  else engine.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result: {} })}\n`);
});
let id = 0;

async function call(method, params) {
  const mine = ++id;
  engine.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: mine, method, params })}\n`);
  const { result, error } = await new Promise((resolve) => waiting.set(mine, resolve));
  if (!error) return result;
  const { error_code: code, message } = error.data;
  process.stdout.write(`Error: ${code ?? 'Schema engine error:'}\n\n${message}\n`);
  engine.kill();
  process.exit(1);
}

function migrationsList() {
  const folder = join(process.cwd(), 'prisma/migrations');
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: names.sort().map((path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(folder, path, 'migration.sql'), 'utf8') },
      },
    })),
  };
}

const [program, command, action, how, name] = process.argv.slice(2);
if (program !== 'prisma' || command !== 'migrate') throw new Error(`${process.argv.slice(2).join(' ')}?`);
if (action === 'deploy') {
  const filters = { externalTables: [], externalEnums: [] };
  const { appliedMigrationNames } = await call('applyMigrations', {
    migrationsList: migrationsList(),
    filters,
  });
  process.stdout.write(
    `${appliedMigrationNames.join('\n')}\nAll migrations have been successfully applied.\n`,
  );
} else if (how === '--rolled-back') {
  await call('markMigrationRolledBack', { migrationName: name });
  process.stdout.write(`Migration ${name} marked as rolled back.\n`);
} else {
  await call('markMigrationApplied', { migrationName: name, migrationsList: migrationsList() });
  process.stdout.write(`Migration ${name} marked as applied.\n`);
}
engine.stdin.end();

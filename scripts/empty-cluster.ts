/**
 * Makes judge/rehearse/empty-cluster.tar.br: the empty database that every rehearsal starts from. To be run when PGlite's
 * version changes (and judge/rehearse/empty.ts with it): `node scripts/empty-cluster.ts`. It takes about a minute.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { initOptions } from '../judge/rehearse/empty.ts';

const database = await PGlite.create({ initDbStartParams: [...initOptions] });
// A kept base has the log in it as well: the less of it there is, the less is written, packed, fetched and read.
for (const setting of [
  "max_wal_size = '8MB'",
  "min_wal_size = '2MB'",
  'wal_recycle = off',
  'wal_level = minimal',
  'max_wal_senders = 0',
  'full_page_writes = off',
])
  await database.exec(`ALTER SYSTEM SET ${setting}`);
// CREATE DATABASE is never rehearsed, and its two templates are half of the bytes.
await database.exec("UPDATE pg_database SET datistemplate = false WHERE datname LIKE 'template%'");
await database.exec('DROP DATABASE template0');
await database.exec('DROP DATABASE template1');
await database.exec('CHECKPOINT');
const archive = new Uint8Array(await (await database.dumpDataDir('none')).arrayBuffer());
await database.close();
const packed = brotliCompressSync(archive, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: archive.length,
  },
});
writeFileSync(join(import.meta.dirname, '../judge/rehearse/empty-cluster.tar.br'), packed);
console.log(`${archive.length} bytes, packed ${packed.length}`);
process.exit();

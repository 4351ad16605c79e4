import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '../../../local/services/rds/certificate.ts';
import type { Instance } from '../../../local/services/rds/model.ts';
import { writeTls } from '../../../local/services/rds/tls.ts';

test('a certificate made by hand is one that others read, signed by its own key', () => {
  for (let count = 0; count < 20; count++) {
    const { certificate, key } = selfSigned('backend-local');
    const read = new X509Certificate(certificate);
    expect(read.subject).toBe('CN=backend-local');
    expect(read.issuer).toBe(read.subject);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(read.validToDate.getUTCFullYear()).toBe(2049);
  }
});

test.each([
  [undefined, 'hostssl'],
  ['1', 'hostssl'],
  ['0', 'host'],
])('with rds.force_ssl %s a client needs %s, and the certificate stays over starts', async (value, kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-tls-'));
  try {
    const group = value === undefined ? undefined : { parameters: { 'rds.force_ssl': value } };
    const write = () => writeTls(folder, 'rdsadmin', { identifier: 'db' } as Instance, group as never);
    await write();
    const first = readFileSync(join(folder, 'server.crt'), 'utf8');
    await write();
    expect(readFileSync(join(folder, 'server.crt'), 'utf8')).toBe(first);
    expect(readFileSync(join(folder, 'pg_hba.conf'), 'utf8')).toContain(`\n${kind} all all `);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

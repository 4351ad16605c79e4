// Reads <id>.cases.sql. A case is a comment and the SQL below it:
//   -- caught SEVERITY: title   or   -- quiet: title
//   -- given: SQL that was applied before · -- prisma: 7.3.0 · -- server: 15 · -- old: schema.prisma in one line, `;` ends a line · -- rehearse · -- empty
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Severity } from '../../core/migrations.ts';

export type Case = {
  title: string;
  /** undefined: the rule must be silent. */
  severity: Severity | undefined;
  sql: string;
  given: string[];
  prisma?: string;
  server?: number;
  old?: string;
  rehearse: boolean;
  /** Without the shop: nothing is known of any table. */
  empty: boolean;
};

const folder = import.meta.dirname;
export const shop = (): string => readFileSync(join(folder, 'shop.sql'), 'utf8');

export function casesOf(id: string): Case[] {
  const found: Case[] = [];
  for (const line of readFileSync(join(folder, `${id}.cases.sql`), 'utf8').split('\n')) {
    const head = /^-- (?:caught (\S+)|quiet): (.*)$/.exec(line);
    const current = found.at(-1);
    if (head) {
      found.push({
        title: head[2] ?? '',
        severity: head[1] as Severity | undefined,
        sql: '',
        given: [],
        rehearse: false,
        empty: false,
      });
      continue;
    }
    if (!current) continue;
    const note = /^-- (given|prisma|server|old|rehearse|empty)(?:: (.*))?$/.exec(line);
    const value = note?.[2] ?? '';
    if (note?.[1] === 'given') current.given.push(value);
    else if (note?.[1] === 'prisma') current.prisma = value;
    else if (note?.[1] === 'server') current.server = Number(value);
    else if (note?.[1] === 'old')
      current.old = value.replaceAll(/ ?; ?/g, '\n').replaceAll('{ ', '{\n').replaceAll(' }', '\n}\n');
    else if (note?.[1] === 'rehearse') current.rehearse = true;
    else if (note?.[1] === 'empty') current.empty = true;
    else current.sql += `${line}\n`;
  }
  return found.map((entry) => ({ ...entry, sql: entry.sql.trim() }));
}

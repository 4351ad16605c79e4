// Whether a client's field and a column of another type get along. Measured with Prisma Client 7.10 on PostgreSQL 15
// (test/judge/data/prisma-compatibility-measured.json); what was not measured follows from the family it belongs to.
import { type SqlType, sameType } from '../parse/types.ts';

export type Family =
  | 'int'
  | 'bigint'
  | 'float'
  | 'decimal'
  | 'text'
  | 'uuid'
  | 'bool'
  | 'datetime'
  | 'time'
  | 'json'
  | 'bytes'
  | 'enum'
  | 'other';

const families: Record<string, Family> = {
  int2: 'int',
  int4: 'int',
  oid: 'int',
  int8: 'bigint',
  float4: 'float',
  float8: 'float',
  numeric: 'decimal',
  money: 'decimal',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  citext: 'text',
  xml: 'text',
  name: 'text',
  inet: 'text',
  bit: 'text',
  varbit: 'text',
  uuid: 'uuid',
  bool: 'bool',
  timestamp: 'datetime',
  timestamptz: 'datetime',
  date: 'datetime',
  time: 'time',
  timetz: 'time',
  json: 'json',
  jsonb: 'json',
  bytea: 'bytes',
};

export const familyOf = (type: SqlType, isEnum = false): Family =>
  isEnum ? 'enum' : (families[type.name] ?? 'other');

/** `fails`: always. `may`: for values that a program does write. `rare`: only for values that cannot be expected. `ok`. */
export type Outcome = { result: 'ok' | 'rare' | 'may' | 'fails'; code: string };
export type Meeting = { read: Outcome; write: Outcome; afterNewWrites: Outcome };

const ok: Outcome = { result: 'ok', code: '' };
const all: Meeting = { read: ok, write: ok, afterNewWrites: ok };
const outcome = (result: Outcome['result'], code: string): Outcome => ({ result, code });
const mismatch: Meeting = {
  read: outcome('fails', 'P2023'),
  write: outcome('fails', 'P2007'),
  afterNewWrites: outcome('fails', 'P2023'),
};

/**
 * A client whose field has `field` on a column that has `column`.
 * `older`: the client is older than the schema, so the rows that are there were valid for it.
 */
export function meet(
  field: SqlType,
  fieldEnum: boolean,
  column: SqlType,
  columnEnum: boolean,
  older: boolean,
): Meeting {
  if (field.array !== column.array) {
    return field.array
      ? {
          read: outcome('fails', ''),
          write: outcome('fails', ''),
          afterNewWrites: outcome('fails', ''),
        }
      : mismatch;
  }
  const [from, to] = [familyOf(field, fieldEnum), familyOf(column, columnEnum)];
  if (from === to) return sameFamily(field, column, from, older);
  const found = pairs[`${from}>${to}`];
  if (found) return typeof found === 'function' ? found(older) : found;
  if (from === 'other' || to === 'other')
    return sameType(field, column)
      ? all
      : { read: outcome('rare', ''), write: outcome('rare', ''), afterNewWrites: ok };
  return mismatch;
}

function sameFamily(field: SqlType, column: SqlType, family: Family, older: boolean): Meeting {
  if (family === 'text' && lengthOf(column) < lengthOf(field))
    return { ...all, write: outcome('may', 'P2000') };
  if (family === 'int' && column.name === 'int2' && field.name === 'int4')
    return { ...all, write: outcome(older ? 'rare' : 'may', 'P2020') };
  if (family === 'decimal' && wholeDigits(column) < wholeDigits(field))
    return { ...all, write: outcome('rare', 'P2020') };
  return all;
}

/** varchar and char have a length; text has none. */
const lengthOf = (type: SqlType): number =>
  type.name === 'varchar' || type.name === 'bpchar'
    ? (type.mods[0] ?? Number.POSITIVE_INFINITY)
    : Number.POSITIVE_INFINITY;
const wholeDigits = (type: SqlType): number =>
  type.mods.length > 0 ? (type.mods[0] ?? 0) - (type.mods[1] ?? 0) : Number.POSITIVE_INFINITY;

const untilWritten = (code: string, readNow: Outcome = ok): Meeting => ({
  read: readNow,
  write: ok,
  afterNewWrites: outcome('may', code),
});

/** client's family > column's family */
const pairs: Record<string, Meeting | ((older: boolean) => Meeting)> = {
  'int>bigint': all,
  'bigint>int': (older) => ({ ...all, write: outcome(older ? 'rare' : 'may', 'P2020') }),
  'float>decimal': all,
  'decimal>float': all,
  'int>float': untilWritten('P2023'),
  'int>decimal': untilWritten('P2023'),
  'bigint>float': untilWritten('P2023'),
  'bigint>decimal': untilWritten('P2023'),
  'float>int': { ...all, write: outcome('may', 'P2020') },
  'float>bigint': { ...all, write: outcome('may', 'P2020') },
  'decimal>int': { ...all, write: outcome('may', 'P2020') },
  'decimal>bigint': { ...all, write: outcome('may', 'P2020') },
  // Text that holds a number is read as one until the new release writes something else.
  'int>text': (older) => untilWritten('P2023', older ? ok : outcome('may', 'P2023')),
  'bigint>text': (older) => untilWritten('P2023', older ? ok : outcome('may', 'P2023')),
  'float>text': (older) => untilWritten('P2023', older ? ok : outcome('may', 'P2023')),
  'decimal>text': (older) => untilWritten('P2023', older ? ok : outcome('may', 'P2023')),
  'text>uuid': { ...all, write: outcome('may', 'P2007') },
  'uuid>text': all,
  'enum>text': (older) => untilWritten('P2023', older ? ok : outcome('may', 'P2023')),
  'text>enum': { ...all, write: outcome('may', 'P2007') },
  // A JSON field parses the text itself: what it throws has no code of Prisma's.
  'json>text': (older) => untilWritten('', older ? ok : outcome('may', '')),
  'text>json': { ...all, write: outcome('may', 'P2007') },
  'datetime>text': (older) => untilWritten('P2023', older ? ok : outcome('may', 'P2023')),
};

export type TypeAgreement = 'compatible' | 'narrower' | 'until-written' | 'incompatible' | 'unknown';

/** For two SQL types alone, without schemas: what a client of the old type meets on the new one. */
export function changeAgrees(from: SqlType | undefined, to: SqlType): TypeAgreement {
  if (!from?.name) return 'unknown';
  const meeting = meet(from, false, to, false, true);
  if (meeting.read.result === 'fails' || meeting.write.result === 'fails') return 'incompatible';
  if (meeting.write.code === 'P2000' || meeting.write.code === 'P2020') return 'narrower';
  if (meeting.write.result === 'may') return 'incompatible';
  return meeting.afterNewWrites.result === 'may'
    ? 'until-written'
    : meeting.read.result === 'rare'
      ? 'unknown'
      : 'compatible';
}

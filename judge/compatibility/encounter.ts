// What a client meets, and the vocabulary of operations that it is told in.
import type { Catalogue } from '../schema/catalogue.ts';
import type { PrismaSchema } from './prisma.ts';
import type { Outcome } from './types.ts';

export const operations = [
  'findMany',
  'select',
  'include',
  'filter',
  'create',
  'createMinimal',
  'createMany',
  'update',
  'updateMany',
  'upsert',
  'delete',
  'readAfterNewWrites',
] as const;

export type Operation = (typeof operations)[number];

export type Encounter = {
  model: string;
  field?: string;
  operation: Operation;
  result: Exclude<Outcome['result'], 'ok'>;
  code: string;
  why: string;
  proof?: string;
};

export type Side = {
  client: PrismaSchema;
  /** The client of the other release: it says what will be written that this one may not be able to read. */
  other: PrismaSchema | undefined;
  catalogue: Catalogue;
  /** The client is older than the schema. */
  older: boolean;
};

export const returning: Operation[] = [
  'findMany',
  'include',
  'create',
  'createMinimal',
  'update',
  'upsert',
  'delete',
  'readAfterNewWrites',
];

export const inserting: Operation[] = ['create', 'createMinimal', 'createMany', 'upsert'];

export const everything: Operation[] = [...operations];

export type Add = (
  at: readonly Operation[],
  result: Encounter['result'],
  code: string,
  why: string,
  field?: string,
  proof?: string,
) => Encounter[];

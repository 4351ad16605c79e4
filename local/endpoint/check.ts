/**
 * What the SDK's codecs do not check, because a client never needs to: that JSON values have the types of their
 * members, and that required members are there. Messages are those of AWS's own front ends.
 */
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../service.ts';
import { requiredMembers } from './model.ts';

/** Throws `SerializationException` for a JSON value whose type its member does not have. */
export function checkTypes(schema: NormalizedSchema, value: unknown): void {
  if (value === null || value === undefined || schema.isDocumentSchema()) return;
  if (schema.isStructSchema()) {
    if (kindOf(value) !== 'STRUCT') throw wrong(value, 'structure');
    const record = value as Record<string, unknown>;
    for (const [name, member] of schema.structIterator()) {
      const key = (member.getMergedTraits().jsonName as string | undefined) ?? name;
      checkTypes(member, record[key]);
    }
  } else if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw wrong(value, 'list');
    for (const item of value) checkTypes(schema.getValueSchema(), item);
  } else if (schema.isMapSchema()) {
    if (kindOf(value) !== 'STRUCT') throw wrong(value, 'map');
    for (const item of Object.values(value as object)) checkTypes(schema.getValueSchema(), item);
  } else if (schema.isStringSchema() || schema.isBlobSchema()) {
    if (typeof value !== 'string') throw wrong(value, 'String');
  } else if (schema.isBooleanSchema()) {
    if (typeof value !== 'boolean') throw wrong(value, 'Boolean');
  } else if (schema.isNumericSchema()) {
    if (typeof value !== 'number' && !['NaN', 'Infinity', '-Infinity'].includes(value as string)) {
      throw wrong(value, 'Number');
    }
  } else if (schema.isTimestampSchema()) {
    if (typeof value !== 'number' && typeof value !== 'string') throw wrong(value, 'Timestamp');
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'LIST';
  switch (typeof value) {
    case 'string':
      return 'STRING_VALUE';
    case 'number':
      return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
    case 'boolean':
      return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
    default:
      return 'STRUCT';
  }
}

function wrong(value: unknown, wanted: string): AwsError {
  const kind = kindOf(value);
  if (kind === 'LIST')
    return new AwsError('SerializationException', 'Start of list found where not expected');
  if (kind === 'STRUCT') {
    return new AwsError('SerializationException', 'Start of structure or map found where not expected.');
  }
  const article =
    wanted === 'list' || wanted === 'structure' || wanted === 'map' ? `a ${wanted}` : `a ${wanted}`;
  return new AwsError('SerializationException', `${kind} can not be converted to ${article}`);
}

/** The paths of required members that are missing: `containerDefinitions.1.member.name`. */
export function missingMembers(schema: NormalizedSchema, value: unknown, path = ''): string[] {
  if (value === null || value === undefined || value instanceof Date || value instanceof Uint8Array)
    return [];
  if (schema.isStructSchema()) {
    const record = value as Record<string, unknown>;
    const missing = requiredMembers(schema)
      .filter((name) => record[name] === undefined || record[name] === null)
      .map((name) => path + lowerFirst(name));
    for (const [name, member] of schema.structIterator()) {
      missing.push(...missingMembers(member, record[name], `${path}${lowerFirst(name)}.`));
    }
    return missing;
  }
  if (schema.isListSchema() && Array.isArray(value)) {
    const member = schema.getValueSchema();
    return value.flatMap((item, index) => missingMembers(member, item, `${path}${index + 1}.member.`));
  }
  if (schema.isMapSchema() && typeof value === 'object') {
    const member = schema.getValueSchema();
    return Object.entries(value).flatMap(([key, item]) =>
      missingMembers(member, item, `${path}${key}.member.`),
    );
  }
  return [];
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** AWS's sentence for missing members. */
export function missingSentence(paths: readonly string[]): string {
  const errors = paths.map(
    (path) => `Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
  const count = paths.length === 1 ? '1 validation error' : `${paths.length} validation errors`;
  return `${count} detected: ${errors.join('; ')}`;
}

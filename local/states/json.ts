/** The values that flow between states. They are never changed in place: events, variables and states share them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** AWS's words for a value's type, as they stand in the causes of failed expressions. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/** The largest input or output of a state, in bytes of UTF-8. */
export const LARGEST_PAYLOAD = 262_144;

export function exceeds(value: Json, bytes = LARGEST_PAYLOAD): boolean {
  // A scalar other than text never gets near the limit; this is the case of most small machines.
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return false;
  const text = JSON.stringify(value);
  // Three bytes of UTF-8 is the most that one UTF-16 unit can need.
  if (text.length * 3 <= bytes) return false;
  return Buffer.byteLength(text) > bytes;
}

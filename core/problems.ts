/** What is wrong with a user's JSON, in sentences: every problem, each with its path and, where one is near, what was meant. */
import { z } from 'zod';
import { nearest } from './nearest.ts';

/** A problem with its path in the file (`services.backend.port`) and a sentence that names the remedy. */
export interface Problem {
  readonly path: string;
  readonly sentence: string;
}

/**
 * The problems that a schema found; parse with `reportInput`, so that what is missing can be told from what is wrong.
 * `whole` names the value itself, where it is not even an object.
 */
export function problemsOf(error: z.core.$ZodError, schema: z.core.$ZodType, whole: string): Problem[] {
  return error.issues.flatMap((issue) => ofIssue(issue, schema, whole));
}

/** `path sentence; path sentence`, for one line of text. */
export function problemsText(problems: readonly Problem[]): string {
  return problems.map(({ path, sentence }) => `${path} ${sentence}`).join('; ');
}

function ofIssue(issue: z.core.$ZodIssue, schema: z.core.$ZodType, whole: string): Problem[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      return {
        path: path ? `${path}.${key}` : key,
        sentence: `unknown key; ${meant ? `did you mean ${meant}?` : `there are ${known.join(', ')}`}`,
      };
    });
  }
  return [{ path: path || whole, sentence: sentenceOf(issue) }];
}

/** Zod's messages say what was expected; a person also needs to hear that something is simply not there. */
function sentenceOf(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too|Unrecognized)/.test(issue.message)) return issue.message;
  const missing = issue.input === undefined ? 'is missing; ' : '';
  if (issue.code === 'invalid_value')
    return `${missing}must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
  if (issue.code === 'invalid_type')
    return `${missing}must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}`;
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'is not a name';
  if (issue.code === 'too_small' && issue.origin === 'string') return 'is empty';
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  return issue.message.replace(/^Invalid (input: )?/, '');
}

/** The keys that the schema has at a path; what stands for any key (a record) is stepped through. */
function knownKeys(root: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let schema: z.core.$ZodType | undefined = root;
  for (const key of path) schema = child(unwrap(schema), String(key));
  const object = unwrap(schema);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function child(schema: z.core.$ZodType | undefined, key: string): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<string, z.core.$ZodType>)[key];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  return undefined;
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodNullable
  ) {
    inner = inner.unwrap();
  }
  return inner;
}

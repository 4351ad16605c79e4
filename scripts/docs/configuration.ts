/** docs/configuration.md: the reference of the environment file, from its schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { environmentSchema } from '../../core/environment.ts';
import { FARGATE_SIZES } from '../../core/fargate.ts';

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly required?: readonly string[];
}

const root = join(import.meta.dirname, '../..');

export function files(): Record<string, string> {
  const schema = z.toJSONSchema(environmentSchema, { io: 'input' }) as Node;
  const example = readFileSync(join(root, 'environments/production.json'), 'utf8').trim();
  const text = [
    '# Configuration: `environments/<name>.json`',
    '',
    '<!-- Generated from core/environment.ts by `npm run docs`: do not edit. -->',
    '',
    'One file an environment, in the repository of what is deployed. The environment is named by `--environment`, else by',
    '`LOCKSTEP_ENV`, else by `SEMIONT_ENV`. Unknown keys are refused, and all problems of a file are told at once, each with its path.',
    'The file is read from the commit that is deployed and goes with the request: what a release was configured with is known later.',
    '',
    'Editors check it when `$schema` names [environment.schema.json](environment.schema.json).',
    '',
    ...section(schema, '', 'The file', 2),
    '## Sizes of a task',
    '',
    '`resources` must be a pair that Fargate has:',
    '',
    '| cpu | memory (MiB) |',
    '|---|---|',
    ...[...FARGATE_SIZES].map(([cpu, memories]) => `| ${cpu} | ${sizes(memories)} |`),
    '',
    '## An example',
    '',
    '`environments/production.json` of this repository:',
    '',
    '```json',
    example,
    '```',
    '',
  ];
  return { 'docs/configuration.md': text.join('\n') };
}

/** One table an object, then its objects. */
function section(node: Node, path: string, title: string, level: number): string[] {
  const properties = Object.entries(node.properties ?? {});
  const nested = properties.flatMap(([key, child]) => nestedOf(child, path ? `${path}.${key}` : key));
  return [
    `${'#'.repeat(level)} ${title}`,
    '',
    ...(node.description ? [node.description, ''] : []),
    '| key | type | default | what it is |',
    '|---|---|---|---|',
    ...properties.map(([key, child]) => row(key, child, node.required?.includes(key) ?? false)),
    '',
    ...nested.flatMap(([childPath, child]) =>
      section(child, childPath, `\`${childPath}\``, Math.min(level + (level === 2 ? 0 : 1), 4)),
    ),
  ];
}

function nestedOf(node: Node, path: string): [string, Node][] {
  if (node.properties) return [[path, node]];
  if (node.items?.properties) return [[`${path}[]`, node.items]];
  const values = node.additionalProperties;
  if (typeof values === 'object' && values.properties) return [[`${path}.<name>`, values]];
  return [];
}

function row(key: string, node: Node, required: boolean): string {
  const otherwise =
    node.default !== undefined && !node.properties
      ? `\`${JSON.stringify(node.default)}\``
      : required
        ? '**required**'
        : '';
  const inner = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  return `| \`${key}\` | ${typeOf(node)} | ${otherwise} | ${cell(node.description ?? inner?.description ?? '')} |`;
}

function typeOf(node: Node): string {
  if (node.enum) return node.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.anyOf) return node.anyOf.map(typeOf).join(', ');
  if (node.type === 'array') return `list of ${typeOf(node.items ?? {})}`;
  if (node.type === 'integer' || node.type === 'number') {
    // Bounds of JavaScript's own are no bounds of the key.
    const bounded = (bound: number | undefined) =>
      bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
    const bounds = [
      bounded(node.minimum) ? `${node.minimum}` : '',
      bounded(node.maximum) ? `${node.maximum}` : '',
    ];
    const name = node.type === 'integer' ? 'whole number' : 'number';
    return bounds.some(Boolean) ? `${name}, ${bounds.join('–')}` : name;
  }
  if (node.type === 'object' && typeof node.additionalProperties === 'object') {
    return node.additionalProperties.properties
      ? 'object by name'
      : `${typeOf(node.additionalProperties)} by name`;
  }
  return node.type ?? 'any';
}

function sizes(memories: readonly number[]): string {
  if (memories.length <= 4) return memories.join(', ');
  return `${memories[0]} to ${memories.at(-1)} in steps of ${(memories[1] ?? 0) - (memories[0] ?? 0)}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

// Small readers of libpg-query's tree: names, strings, and a walk over every node.
import type { Node, RangeVar } from 'libpg-query';

export function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => {
    if ('String' in node) return [(node as { String: { sval?: string } }).String.sval ?? ''];
    if ('TypeName' in node) return strings((node as { TypeName: { names?: Node[] } }).TypeName.names);
    if ('List' in node) return [strings((node as { List: { items?: Node[] } }).List.items).join('.')];
    return [];
  });
}

/** The name by which the judge knows a relation: the schema is left out where it is public. */
export function qualified(names: readonly string[]): string {
  const parts = names.length > 2 ? names.slice(-2) : [...names];
  if (parts.length === 2 && parts[0] === 'public') parts.shift();
  return parts.join('.');
}

export const relationName = (relation: RangeVar | undefined): string =>
  qualified([relation?.schemaname, relation?.relname].filter((part): part is string => Boolean(part)));

/** An object's name, however the grammar wraps it. */
export function objectName(node: Node | undefined): string {
  if (!node) return '';
  if ('RangeVar' in node) return relationName((node as { RangeVar: RangeVar }).RangeVar);
  if ('ObjectWithArgs' in node)
    return qualified(strings((node as { ObjectWithArgs: { objname?: Node[] } }).ObjectWithArgs.objname));
  if ('List' in node) return qualified(strings((node as { List: { items?: Node[] } }).List.items));
  return qualified(strings([node]));
}

/** Visits every node below, with the name of its kind. Deep trees cannot overflow: the stack is a list. */
export function walk(root: unknown, visit: (kind: string, body: Record<string, unknown>) => void): void {
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (Array.isArray(node)) for (const item of node) stack.push(item);
    else if (node && typeof node === 'object') {
      for (const [key, value] of Object.entries(node)) {
        if (value && typeof value === 'object') {
          if (/^[A-Z]/.test(key) && !Array.isArray(value)) visit(key, value as Record<string, unknown>);
          stack.push(value);
        }
      }
    }
  }
}

/** Names of the functions called anywhere below. */
export function calls(root: unknown): string[] {
  const names: string[] = [];
  walk(root, (kind, body) => {
    if (kind === 'FuncCall')
      names.push(
        strings(body['funcname'] as Node[])
          .filter((part) => part !== 'pg_catalog')
          .join('.'),
      );
    if (kind === 'SQLValueFunction') names.push(String(body['op']));
  });
  return names;
}

/** Relations named anywhere below, in the judge's spelling. */
export function relations(root: unknown): string[] {
  const names = new Set<string>();
  walk(root, (kind, body) => {
    if (kind === 'RangeVar') names.add(relationName(body as RangeVar));
  });
  return [...names];
}

/** The words of a type by kind of node; for what is not told apart any further. */
export const kindOf = (node: Node): string => Object.keys(node)[0] ?? 'Unknown';
export const bodyOf = (node: Node): Record<string, unknown> =>
  (Object.values(node)[0] ?? {}) as Record<string, unknown>;

/** `"name"` where it needs quotes. Reserved words are quoted by the printer that knows them. */
export function quote(name: string): string {
  return name
    .split('.')
    .map((part) =>
      /^[a-z_][a-z0-9_$]*$/.test(part) && !reserved.has(part) ? part : `"${part.replaceAll('"', '""')}"`,
    )
    .join('.');
}

const reserved = new Set(
  (
    'all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_date ' +
    'current_role current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign ' +
    'from grant group having in initially intersect into lateral leading limit localtime localtimestamp not null offset on only or order ' +
    'placing primary references returning select session_user some symmetric system_user table then to trailing true union unique user ' +
    'using variadic when where window with'
  ).split(' '),
);

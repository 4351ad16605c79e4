/** What can be read off a parsed JSONata expression without evaluating it. */
import type { ExprNode } from 'jsonata';

/** JSONata's own types leave out half of the members of its syntax tree. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly stages?: readonly { readonly expr?: Node }[];
  readonly predicate?: readonly { readonly expr?: Node }[];
  readonly group?: { readonly lhs: readonly (readonly Node[])[] };
  readonly procedure?: Node;
  readonly arguments?: readonly Node[];
  readonly terms?: readonly { readonly expression: Node }[];
  readonly [member: string]: unknown;
}

/** Every node below `node`, itself included. */
function* nodes(node: unknown): Generator<Node> {
  if (Array.isArray(node)) {
    for (const item of node) yield* nodes(item);
  } else if (typeof node === 'object' && node !== null) {
    if (typeof (node as Node).type === 'string') yield node as Node;
    for (const member of Object.values(node)) yield* nodes(member);
  }
}

export function definesFunctions(tree: ExprNode): boolean {
  for (const node of nodes(tree)) if (node.type === 'lambda') return true;
  return false;
}

/** Names of workflow variables that the expression reads: neither reserved, nor a function, nor its own. */
export function variablesIn(tree: ExprNode): string[] {
  const own = new Set<unknown>(['', '$', 'states']);
  const read = new Set<string>();
  for (const node of nodes(tree)) {
    if (node.type === 'bind') own.add((node['lhs'] as Node).value);
    if (node.type === 'lambda') for (const argument of node.arguments ?? []) own.add(argument.value);
    if (typeof node['focus'] === 'string') own.add(node['focus']);
    if (node.type === 'function' || node.type === 'partial') own.add(node.procedure?.value);
    if (node.type === 'variable') read.add(String(node.value));
  }
  return [...read].filter((name) => !own.has(name));
}

/** Whether the expression reads `$states.MEMBER`. */
export function readsStates(tree: ExprNode, member: string): boolean {
  for (const { steps } of nodes(tree)) {
    const [first, second] = steps ?? [];
    if (first?.type === 'variable' && first.value === 'states' && second?.value === member) return true;
  }
  return false;
}

/**
 * Names that are read from the context item at the top level. Step Functions gives expressions none, and AWS refuses
 * a definition that reads one: `Reference to 'phone' at the top level is not supported.`
 */
export function topLevelReferences(tree: ExprNode): string[] {
  const found = new Set<string>();
  const visit = (node: unknown, inContext: boolean): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item, inContext);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const at = node as Node;
    if (at.type === 'name' && !inContext) found.add(String(at.value));
    if (at.type === 'path') {
      const [first, ...rest] = at.steps ?? [];
      visit(first, inContext);
      visit(rest, true);
      visit(at.group?.lhs, true);
      return;
    }
    for (const [member, value] of Object.entries(at)) {
      // Filters, groups and sort terms are evaluated for each item of what stands before them.
      const perItem =
        member === 'stages' || member === 'predicate' || member === 'group' || member === 'terms';
      visit(value, inContext || perItem || at.type === 'transform');
    }
  };
  visit(tree, false);
  return [...found];
}

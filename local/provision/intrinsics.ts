/** Resolves CloudFormation's intrinsic functions, pseudo parameters and dynamic references in one stack. */
import type { Template } from './assembly.ts';

/** What stands for a value that a template leaves out with `AWS::NoValue`. */
const NO_VALUE = Symbol('AWS::NoValue');

export interface Scope {
  readonly template: Template;
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What `Ref` gives for a resource that has been made. */
  ref(logicalId: string): string | undefined;
  /** What `Fn::GetAtt` gives. Throws where there is no such attribute. */
  attribute(logicalId: string, name: string): unknown;
  /** What another stack exports under this name. */
  imported(name: string): unknown;
  secret(reference: string): string | undefined;
}

export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = walk(value, scope);
  return resolved === NO_VALUE ? undefined : resolved;
}

/** Whether a named condition of the template holds. */
export function condition(name: string, scope: Scope): boolean {
  const conditions = scope.template.Conditions ?? {};
  if (!(name in conditions)) throw new Error(`there is no condition ${name}`);
  return truth(conditions[name], scope);
}

function walk(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return dynamicReferences(value, scope);
  if (Array.isArray(value)) return value.map((item) => walk(item, scope)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries.length === 1 ? (entries[0] as [string, unknown]) : ['', undefined];
  if (name === 'Ref') return reference(String(argument), scope);
  if (name === 'Condition' && typeof argument === 'string' && argument in (scope.template.Conditions ?? {})) {
    return condition(argument, scope);
  }
  if (name.startsWith('Fn::')) return intrinsic(name, argument, scope);
  const out: Record<string, unknown> = {};
  for (const [key, item] of entries) {
    const resolved = walk(item, scope);
    if (resolved !== NO_VALUE) out[key] = resolved;
  }
  return out;
}

function reference(name: string, scope: Scope): unknown {
  switch (name) {
    case 'AWS::NoValue':
      return NO_VALUE;
    case 'AWS::AccountId':
      return scope.account;
    case 'AWS::Region':
      return scope.region;
    case 'AWS::Partition':
      return 'aws';
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    case 'AWS::StackName':
      return scope.stack;
    case 'AWS::StackId':
      return `arn:aws:cloudformation:${scope.region}:${scope.account}:stack/${scope.stack}/local`;
    case 'AWS::NotificationARNs':
      return [];
    default: {
      if (name in scope.parameters) return scope.parameters[name];
      const ref = scope.ref(name);
      if (ref === undefined) throw new Error(`Ref ${name}: there is no such resource or parameter`);
      return ref;
    }
  }
}

function intrinsic(name: string, argument: unknown, scope: Scope): unknown {
  switch (name) {
    case 'Fn::GetAtt': {
      const [logicalId, ...rest] = Array.isArray(argument)
        ? argument.map(String)
        : String(argument).split('.');
      return scope.attribute(logicalId ?? '', rest.join('.'));
    }
    case 'Fn::Sub':
      return substitute(argument, scope);
    case 'Fn::Join': {
      const [separator, parts] = pair(name, argument);
      return dynamicReferences(listOf(name, walk(parts, scope)).map(String).join(String(separator)), scope);
    }
    case 'Fn::Select': {
      const [index, list] = pair(name, argument);
      const items = listOf(name, walk(list, scope));
      const at = Number(walk(index, scope));
      if (items[at] === undefined) throw new Error(`Fn::Select: there is no item ${at} of ${items.length}`);
      return items[at];
    }
    case 'Fn::Split': {
      const [separator, text] = pair(name, argument);
      return String(walk(text, scope)).split(String(separator));
    }
    case 'Fn::If': {
      const [named, yes, no] = argument as [string, unknown, unknown];
      return walk(condition(named, scope) ? yes : no, scope);
    }
    case 'Fn::Equals':
    case 'Fn::Not':
    case 'Fn::And':
    case 'Fn::Or':
      return truth({ [name]: argument }, scope);
    case 'Fn::ImportValue':
      return scope.imported(String(walk(argument, scope)));
    case 'Fn::FindInMap': {
      const [map, first, second] = listOf(name, walk(argument, scope)).map(String);
      const found = scope.template.Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''];
      if (found === undefined) throw new Error(`Fn::FindInMap: there is no ${map}.${first}.${second}`);
      return found;
    }
    case 'Fn::GetAZs': {
      const region = String(walk(argument, scope) || scope.region);
      return ['a', 'b', 'c'].map((zone) => region + zone);
    }
    case 'Fn::Base64':
      return Buffer.from(String(walk(argument, scope))).toString('base64');
    default:
      throw new Error(`the intrinsic function ${name} is not supported here`);
  }
}

function truth(expression: unknown, scope: Scope): boolean {
  if (typeof expression !== 'object' || expression === null) throw new Error('a condition is no object');
  const [name, argument] = Object.entries(expression)[0] ?? ['', undefined];
  const all = () => listOf(name, argument).map((item) => truth(item, scope));
  switch (name) {
    case 'Condition':
      return condition(String(argument), scope);
    case 'Fn::Equals': {
      const [left, right] = listOf(name, walk(argument, scope));
      return String(left) === String(right);
    }
    case 'Fn::Not':
      return !all()[0];
    case 'Fn::And':
      return all().every(Boolean);
    case 'Fn::Or':
      return all().some(Boolean);
    default:
      throw new Error(`${name} is no condition`);
  }
}

function substitute(argument: unknown, scope: Scope): unknown {
  const [text, variables] = Array.isArray(argument)
    ? [String(argument[0]), (argument[1] ?? {}) as Record<string, unknown>]
    : [String(argument), {}];
  const filled = text.replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (name in variables) return String(walk(variables[name], scope));
    const dot = name.indexOf('.');
    if (dot > 0 && !name.startsWith('AWS::')) {
      return String(scope.attribute(name.slice(0, dot), name.slice(dot + 1)));
    }
    return String(reference(name, scope));
  });
  return dynamicReferences(filled, scope);
}

/** `{{resolve:secretsmanager:ID:SecretString:KEY:STAGE:VERSION}}`; the id may be an ARN, with colons of its own. */
function dynamicReferences(text: string, scope: Scope): string {
  return text.replace(/\{\{resolve:([^}]+)\}\}/g, (whole, body: string) => {
    const secret = /^secretsmanager:(.+?)(?::SecretString(?::([^:]*))?(?::[^:]*){0,2})?$/.exec(body);
    if (!secret) throw new Error(`the dynamic reference ${whole} is not supported here`);
    const [, id = '', key = ''] = secret;
    const value = scope.secret(key ? `${id}:${key}::` : id);
    if (value === undefined) throw new Error(`${whole}: there is no such secret or key`);
    return value;
  });
}

function pair(name: string, argument: unknown): [unknown, unknown] {
  if (!Array.isArray(argument) || argument.length !== 2) throw new Error(`${name} takes a list of two`);
  return [argument[0], argument[1]];
}

function listOf(name: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name} takes a list`);
  return value;
}

/** The logical ids that a value refers to, in any depth. */
export function referencesOf(value: unknown, into = new Set<string>()): Set<string> {
  if (Array.isArray(value)) {
    for (const item of value) referencesOf(item, into);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === 'Ref' && typeof item === 'string') into.add(item);
      else if (key === 'Fn::GetAtt')
        into.add(Array.isArray(item) ? String(item[0]) : (String(item).split('.')[0] ?? ''));
      else if (key === 'Fn::Sub') {
        const text = String(Array.isArray(item) ? item[0] : item);
        for (const [, name = ''] of text.matchAll(/\$\{([^!}][^}]*)\}/g))
          into.add(name.split('.')[0] ?? name);
        referencesOf(item, into);
      } else referencesOf(item, into);
    }
  }
  return into;
}

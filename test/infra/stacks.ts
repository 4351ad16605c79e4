/** The synthesized stacks as plain JSON, without the functions' code: assertions on a template need none. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, parseEnvironment } from '../../core/environment.ts';
import { buildApp, ROOT } from '../../infra/app.ts';
import { type NamedEnvironment, readEnvironments } from '../../infra/environments.ts';

export interface Resource {
  readonly Type: string;
  // Templates are read as CloudFormation reads them: what is inside depends on the type.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly Properties: any;
  readonly DependsOn?: readonly string[];
  readonly UpdateReplacePolicy?: string;
  readonly DeletionPolicy?: string;
}

export interface StackTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { Value: unknown; Export?: { Name: string } }>>;
}

/** Templates by stack name. */
export function synthesized(environments: readonly NamedEnvironment[]): Record<string, StackTemplate> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-synth-'));
  try {
    const assembly = buildApp({ environments, folder }).synth();
    return Object.fromEntries(
      assembly.stacks.map((stack) => [
        stack.stackName,
        JSON.parse(readFileSync(join(folder, stack.templateFile), 'utf8')) as StackTemplate,
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The environment files of the repository, or those of these names. */
export function files(...names: string[]): NamedEnvironment[] {
  const all = readEnvironments(join(ROOT, 'environments'));
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

/** An environment of this name from JSON, as a file would give it. */
export function environmentOf(name: string, json: unknown): NamedEnvironment {
  const parsed = parseEnvironment(json);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return { name, environment: parsed.environment };
}

/** The file of an environment with some of it changed. */
export function changed(name: string, change: (environment: Environment) => void): NamedEnvironment {
  const [found] = files(name);
  if (!found) throw new Error(`there is no ${name}`);
  const environment = structuredClone(found.environment);
  change(environment);
  return { name, environment };
}

export function ofType(template: StackTemplate | undefined, type: string): [string, Resource][] {
  return Object.entries(template?.Resources ?? {}).filter(([, resource]) => resource.Type === type);
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

const list = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T];

/** The statements of a role, by the role's logical id. */
export function statementsOf(template: StackTemplate | undefined, role: string): Statement[] {
  return ofType(template, 'AWS::IAM::Policy')
    .filter(([, policy]) =>
      list(policy.Properties.Roles).some((each) => (each as { Ref: string }).Ref === role),
    )
    .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement as Statement[])
    .map((statement) => ({
      ...statement,
      Action: list(statement.Action),
      Resource: list(statement.Resource),
    }));
}

/** References as `<LogicalId.Attribute>`, so that an ARN can be compared as text. */
export function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, inner] = []] = Object.entries(value);
  if (name === 'Fn::GetAtt') return `<${(inner as string[]).join('.')}>`;
  if (name === 'Fn::Join') return (inner as [string, unknown[]])[1].map(flat).join((inner as [string])[0]);
  if (name === 'Fn::ImportValue') return `<import ${flat(inner)}>`;
  if (name === 'Fn::Select') return `<${flat((inner as unknown[])[1])}[${(inner as unknown[])[0]}]>`;
  if (name === 'Fn::Split') return flat((inner as unknown[])[1]);
  return `<${String(inner)}>`;
}

/**
 * Makes the resources of synthesized templates: each by the provisioner of its service, in the order of their
 * references. A type or property that nobody knows is refused before anything is made, all of them at once.
 */

import type { Provisioned, Provisioner, Service, World } from '../service.ts';
import type { Collection } from '../store.ts';
import type { Assembly, StackTemplate, TemplateResource } from './assembly.ts';
import { problemsOf } from './check.ts';
import { ignoredResource } from './ignored.ts';
import { condition, referencesOf, resolve, type Scope } from './intrinsics.ts';
import { scopeOf } from './scope.ts';

/** What an earlier start made, kept by `STACK/LOGICALID`. */
export interface ResourceRecord extends Provisioned {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The template wants it kept when it leaves the template. */
  readonly retain: boolean;
}

export interface ProvisionedStack {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface ProvisionOptions {
  readonly world: World & { readonly services: ReadonlyMap<string, Service> };
  readonly assembly: Assembly;
  /** Names of the stacks to make; all of the assembly's, where it is left out. */
  readonly stacks?: readonly string[];
}

export async function provision(options: ProvisionOptions): Promise<ProvisionedStack[]> {
  const { world, assembly } = options;
  const wanted = assembly.stacks.filter(({ name }) => options.stacks?.includes(name) ?? true);
  const unknown = (options.stacks ?? []).filter(
    (name) => !assembly.stacks.some((stack) => stack.name === name),
  );
  if (unknown.length > 0) {
    const names = assembly.stacks.map(({ name }) => name).join(', ');
    throw new Error(`The cloud assembly has no stack ${unknown.join(', ')}; there are ${names}.`);
  }
  const provisioners = provisionersOf(world.services);
  const problems = wanted.flatMap((stack) => problemsOf(stack, provisioners, world));
  if (problems.length > 0) {
    throw new Error(
      `The embedded AWS cannot make this template:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
  }
  const records = world.store('provision').collection<ResourceRecord>('resources');
  const exports = new Map<string, unknown>();
  const made: ProvisionedStack[] = [];
  for (const stack of wanted) {
    made.push(await new StackProvision(world, assembly, stack, provisioners, records, exports).run());
  }
  return made;
}

/** By CloudFormation type. */
export function provisionersOf(services: ReadonlyMap<string, Service>): Map<string, Provisioner> {
  const all = new Map<string, Provisioner>();
  for (const service of services.values()) {
    for (const [type, provisioner] of Object.entries(service.provisioners ?? {})) all.set(type, provisioner);
  }
  return all;
}

class StackProvision {
  private readonly made = new Map<string, Provisioned>();
  private readonly resources: Readonly<Record<string, TemplateResource>>;
  private readonly scope: Scope;
  private readonly world: World;
  private readonly assembly: Assembly;
  private readonly stack: StackTemplate;
  private readonly provisioners: ReadonlyMap<string, Provisioner>;
  private readonly records: Collection<ResourceRecord>;
  private readonly exports: Map<string, unknown>;

  constructor(
    world: World,
    assembly: Assembly,
    stack: StackTemplate,
    provisioners: ReadonlyMap<string, Provisioner>,
    records: Collection<ResourceRecord>,
    exports: Map<string, unknown>,
  ) {
    this.world = world;
    this.assembly = assembly;
    this.stack = stack;
    this.provisioners = provisioners;
    this.records = records;
    this.exports = exports;
    this.resources = stack.template.Resources ?? {};
    this.scope = scopeOf(world, stack, {
      ref: (logicalId) => this.made.get(logicalId)?.ref,
      attribute: (logicalId, name) => this.attribute(logicalId, name),
      imported: (name) => this.imported(name),
    });
  }

  async run(): Promise<ProvisionedStack> {
    for (const logicalId of this.order()) await this.make(logicalId);
    await this.removeVanished();
    return { name: this.stack.name, outputs: this.outputs() };
  }

  private async make(logicalId: string): Promise<void> {
    const resource = this.resources[logicalId];
    if (!resource) return;
    if (resource.Condition !== undefined && !condition(resource.Condition, this.scope)) return;
    const key = `${this.stack.name}/${logicalId}`;
    try {
      const properties = resolve(resource.Properties ?? {}, this.scope) as Record<string, unknown>;
      const made = await this.provisionOne(logicalId, resource.Type, properties);
      this.made.set(logicalId, made);
      const retain = /^(Retain|Snapshot)/.test(resource.DeletionPolicy ?? '');
      this.records.set(key, { ...made, type: resource.Type, properties, retain });
    } catch (error) {
      throw new Error(`${key} (${resource.Type}): ${(error as Error).message}`, { cause: error });
    }
  }

  private async provisionOne(
    logicalId: string,
    type: string,
    properties: Readonly<Record<string, unknown>>,
  ): Promise<Provisioned> {
    const stack = this.stack.name;
    const provisioner = this.provisioners.get(type);
    if (!provisioner) {
      const { account, region } = this.world;
      const ignored = ignoredResource(type, { stack, logicalId, account, region }, properties);
      if (!ignored) throw new Error('the resource type is not known');
      return ignored;
    }
    const record = this.records.get(`${stack}/${logicalId}`);
    const previous = record?.type === type ? record : undefined;
    return provisioner.provision(properties, {
      stack,
      logicalId,
      asset: (objectKey) => this.assembly.asset(objectKey),
      ...(previous && {
        previous: { ref: previous.ref, ...(previous.attributes && { attributes: previous.attributes }) },
        previousProperties: previous.properties,
      }),
    });
  }

  /** What an earlier template had and this one has not. */
  private async removeVanished(): Promise<void> {
    for (const [key, record] of this.records.entries()) {
      const [stack, logicalId = ''] = key.split('/');
      if (stack !== this.stack.name || this.made.has(logicalId)) continue;
      const provisioner = this.provisioners.get(record.type);
      if (provisioner?.remove && !record.retain) await provisioner.remove(record, { stack, logicalId });
      this.records.delete(key);
    }
  }

  private outputs(): Record<string, string> {
    const outputs: Record<string, string> = {};
    for (const [name, output] of Object.entries(this.stack.template.Outputs ?? {})) {
      if (output.Condition !== undefined && !condition(output.Condition, this.scope)) continue;
      const value = resolve(output.Value, this.scope);
      outputs[name] = String(value);
      if (output.Export) this.exports.set(String(resolve(output.Export.Name, this.scope)), value);
    }
    return outputs;
  }

  private attribute(logicalId: string, name: string): unknown {
    const made = this.made.get(logicalId);
    if (!made) throw new Error(`Fn::GetAtt ${logicalId}.${name}: there is no such resource`);
    const value = made.attributes?.[name];
    if (value === undefined) {
      const type = this.resources[logicalId]?.Type;
      throw new Error(`Fn::GetAtt ${logicalId}.${name}: ${type} has no such attribute here`);
    }
    return value;
  }

  private imported(name: string): unknown {
    if (!this.exports.has(name)) throw new Error(`Fn::ImportValue ${name}: no stack exports it`);
    return this.exports.get(name);
  }

  /** Logical ids, each after those that it refers to. */
  private order(): string[] {
    const order: string[] = [];
    const state = new Map<string, 'open' | 'done'>();
    const visit = (logicalId: string, path: readonly string[]) => {
      const resource = this.resources[logicalId];
      if (!resource || state.get(logicalId) === 'done') return;
      if (state.get(logicalId) === 'open') {
        throw new Error(`${this.stack.name}: circular reference ${[...path, logicalId].join(' → ')}`);
      }
      state.set(logicalId, 'open');
      const dependencies = referencesOf(resource.Properties);
      for (const id of [resource.DependsOn ?? []].flat()) dependencies.add(id);
      for (const id of dependencies) visit(id, [...path, logicalId]);
      state.set(logicalId, 'done');
      order.push(logicalId);
    };
    for (const logicalId of Object.keys(this.resources)) visit(logicalId, []);
    return order;
  }
}

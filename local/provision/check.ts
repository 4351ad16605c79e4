/** What in a template nobody knows: types, attributes, properties. */
import type { Provisioner, World } from '../service.ts';
import type { StackTemplate } from './assembly.ts';
import { ignoredTypes } from './ignored.ts';
import { condition } from './intrinsics.ts';
import { scopeOf } from './scope.ts';

/** Attributes of a resource that say how CloudFormation treats it; none of them changes what is made here. */
const RESOURCE_MEMBERS = new Set([
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'UpdatePolicy',
  'CreationPolicy',
]);

/** One sentence for each, with stack, logical id and type. */
export function problemsOf(
  stack: StackTemplate,
  provisioners: ReadonlyMap<string, Provisioner>,
  world: World,
): string[] {
  const scope = scopeOf(world, stack, {
    ref: () => 'unused',
    attribute: () => 'unused',
    imported: () => 'unused',
  });
  const problems: string[] = [];
  for (const [logicalId, resource] of Object.entries(stack.template.Resources ?? {})) {
    if (resource.Condition !== undefined && !condition(resource.Condition, scope)) continue;
    const where = `${stack.name}/${logicalId} (${resource.Type})`;
    for (const member of Object.keys(resource)) {
      if (!RESOURCE_MEMBERS.has(member))
        problems.push(`${where}: the resource attribute ${member} is not known`);
    }
    const provisioner = provisioners.get(resource.Type);
    if (!provisioner) {
      if (!(resource.Type in ignoredTypes)) problems.push(`${where}: the resource type is not known`);
      continue;
    }
    for (const property of Object.keys(resource.Properties ?? {})) {
      if (provisioner.honours.includes(property) || property in (provisioner.ignores ?? {})) continue;
      problems.push(`${where}: the property ${property} is not known`);
    }
  }
  return problems;
}

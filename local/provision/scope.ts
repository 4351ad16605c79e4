/** What the intrinsic functions of one stack may refer to. */
import type { World } from '../service.ts';
import type { StackTemplate } from './assembly.ts';
import type { Scope } from './intrinsics.ts';

export function scopeOf(
  world: World,
  stack: StackTemplate,
  values: Pick<Scope, 'ref' | 'attribute' | 'imported'>,
): Scope {
  const parameters: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(stack.template.Parameters ?? {})) {
    const value = stack.parameters[name] ?? parameter.Default;
    if (value === undefined) throw new Error(`${stack.name}: the parameter ${name} has no value.`);
    parameters[name] = parameter.Type === 'CommaDelimitedList' ? String(value).split(',') : value;
  }
  return {
    template: stack.template,
    stack: stack.name,
    account: world.account,
    region: world.region,
    parameters,
    ...values,
    secret: (reference) => world.ports.secrets.value(reference),
  };
}

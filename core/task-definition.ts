/**
 * The next revision of a task definition: a copy of the one that runs, less the fields that ECS adds when it
 * registers, with the release's image, the environment's size and variables. Fields are dropped by name and never
 * listed to be kept, so that whatever ECS learns next year, and whatever the user set by hand, survives.
 */
import type { Settings } from './plan.ts';

/** What DescribeTaskDefinition answers and RegisterTaskDefinition refuses. */
const READ_ONLY = [
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'deregisteredAt',
  'registeredBy',
  'deleteRequestedAt',
] as const;

/**
 * Marks the container of a BackendStack that has seen no release yet. Its value names the fields that belong to the
 * stand-in and not to the service; the first release leaves them, and the label, behind.
 */
export const PLACEHOLDER_LABEL = 'lockstep.placeholder';

interface Container {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
  readonly dockerLabels?: Readonly<Record<string, string>> | undefined;
  readonly environment?:
    | readonly { readonly name?: string | undefined; readonly value?: string | undefined }[]
    | undefined;
}

export interface TaskDefinitionLike {
  readonly family?: string | undefined;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly containerDefinitions?: readonly Container[] | undefined;
}

/** A task definition as RegisterTaskDefinition takes it. */
export function copyOf<T extends TaskDefinitionLike>(definition: T): Omit<T, (typeof READ_ONLY)[number]> {
  const copy: Record<string, unknown> = Object.fromEntries(Object.entries(definition));
  for (const field of READ_ONLY) delete copy[field];
  return copy as Omit<T, (typeof READ_ONLY)[number]>;
}

export function nextRevision<T extends TaskDefinitionLike>(
  current: T,
  image: string,
  settings: Settings,
): Omit<T, (typeof READ_ONLY)[number]> {
  return {
    ...copyOf(current),
    cpu: String(settings.cpu),
    memory: String(settings.memory),
    containerDefinitions: current.containerDefinitions?.map((container) =>
      container.name === settings.container
        ? {
            ...withoutPlaceholder(container),
            image,
            environment: merged(container.environment ?? [], settings.variables),
          }
        : container,
    ),
  };
}

function withoutPlaceholder(container: Container): Container {
  const { [PLACEHOLDER_LABEL]: fields, ...labels } = container.dockerLabels ?? {};
  if (fields === undefined) return container;
  const copy: Record<string, unknown> = { ...container, dockerLabels: labels };
  if (Object.keys(labels).length === 0) delete copy['dockerLabels'];
  for (const field of fields.split(',')) delete copy[field.trim()];
  return copy;
}

/** Existing variables keep their place; new ones follow in alphabetical order, so that equal input gives equal output. */
function merged(current: NonNullable<Container['environment']>, variables: Readonly<Record<string, string>>) {
  const kept = current.map((entry) => {
    const value = entry.name === undefined ? undefined : variables[entry.name];
    return value === undefined ? entry : { ...entry, value };
  });
  const known = new Set(current.map((entry) => entry.name));
  const added = Object.keys(variables)
    .filter((name) => !known.has(name))
    .sort();
  return [...kept, ...added.map((name) => ({ name, value: variables[name] }))];
}

export interface Difference {
  /** `containerDefinitions[backend].environment.NOTES_ENABLED`. */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What differs between two task definitions, field by field; empty when releasing `next` would change nothing. */
export function differences(current: TaskDefinitionLike, next: TaskDefinitionLike): Difference[] {
  const before = fieldsOf(current);
  const after = fieldsOf(next);
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => ({ path, before: before.get(path), after: after.get(path) }));
}

/** Every field by its path, as `differences` compares them. */
export function fieldsOf(definition: TaskDefinitionLike): Map<string, string> {
  const leaves = new Map<string, string>();
  const visit = (value: unknown, path: string): void => {
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        visit(
          named(item) ? withoutName(item) : item,
          `${path}${named(item) ? keyOf(path, item) : `[${index}]`}`,
        );
      });
      return;
    }
    if (typeof value === 'object' && !(value instanceof Date)) {
      for (const [key, inner] of Object.entries(value)) {
        if (path === '' && (READ_ONLY as readonly string[]).includes(key)) continue;
        visit(inner, path ? `${path}.${key}` : key);
      }
      return;
    }
    leaves.set(path, String(value));
  };
  visit(definition, '');
  return leaves;
}

function named(item: unknown): item is { name: string } {
  return typeof item === 'object' && item !== null && typeof (item as { name?: unknown }).name === 'string';
}

function withoutName(item: { name: string }): unknown {
  const { name: _, ...rest } = item;
  const keys = Object.keys(rest);
  return keys.length === 1 && keys[0] ? (rest as Record<string, unknown>)[keys[0]] : rest;
}

function keyOf(path: string, item: { name: string }): string {
  return path.endsWith('containerDefinitions') ? `[${item.name}]` : `.${item.name}`;
}

/** Reads a cloud assembly (`cdk.out`): its stacks in the order in which they must be made, and its assets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Assembly {
  /** Dependencies first. */
  readonly stacks: readonly StackTemplate[];
  /** The absolute path of the asset with this object key; undefined where the assembly has none. */
  asset(objectKey: string): string | undefined;
}

export interface StackTemplate {
  readonly name: string;
  readonly template: Template;
  /** Values for the template's parameters that the assembly itself carries. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Template {
  readonly Parameters?: Readonly<Record<string, { Type: string; Default?: unknown }>>;
  readonly Mappings?: Readonly<Record<string, Record<string, Record<string, unknown>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, TemplateOutput>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
}

export interface TemplateOutput {
  readonly Value: unknown;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  readonly dependencies?: readonly string[];
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly file?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

export function readAssembly(folder: string): Assembly {
  const stacks: StackTemplate[] = [];
  const assets = new Map<string, string>();
  readInto(folder, stacks, assets);
  return { stacks, asset: (objectKey) => assets.get(objectKey) };
}

function readInto(folder: string, stacks: StackTemplate[], assets: Map<string, string>): void {
  const { artifacts = {} } = readJson<Manifest>(folder, 'manifest.json');
  const done = new Set<string>();
  const visit = (id: string) => {
    const artifact = artifacts[id];
    if (!artifact || done.has(id)) return;
    done.add(id);
    for (const dependency of artifact.dependencies ?? []) visit(dependency);
    const properties = artifact.properties ?? {};
    if (artifact.type === 'aws:cloudformation:stack' && properties.templateFile) {
      stacks.push({
        name: properties.stackName ?? id,
        template: readJson<Template>(folder, properties.templateFile),
        parameters: properties.parameters ?? {},
      });
    } else if (artifact.type === 'cdk:asset-manifest' && properties.file) {
      readAssets(folder, properties.file, assets);
    } else if (artifact.type === 'cdk:cloud-assembly' && properties.directoryName) {
      readInto(join(folder, properties.directoryName), stacks, assets);
    }
  };
  for (const id of Object.keys(artifacts)) visit(id);
}

function readAssets(folder: string, file: string, assets: Map<string, string>): void {
  const { files = {} } = readJson<AssetManifest>(folder, file);
  for (const { source, destinations } of Object.values(files)) {
    for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, join(folder, source.path));
  }
}

function readJson<T>(folder: string, file: string): T {
  const path = join(folder, file);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : (error as Error).message;
    throw new Error(`The cloud assembly cannot be read: ${path} ${why}. \`npm run synth\` makes it.`);
  }
}

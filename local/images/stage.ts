/** A stage while it is built: what its instructions have said so far, and the layers that they have made. */
import type { BaseImage } from './base.ts';
import type { Layer } from './cache.ts';
import type { Stage } from './dockerfile.ts';
import { Tree } from './tree.ts';

/** The part of an image that is not files, in the words of the OCI configuration. */
export interface ImageSettings {
  env: Map<string, string>;
  workdir: string;
  user?: string;
  cmd?: readonly string[];
  entrypoint?: readonly string[];
  exposed: string[];
  volumes: string[];
  labels: Map<string, string>;
  stopSignal?: string;
  healthcheck?: Healthcheck;
  shell: readonly string[];
}

/** Durations in nanoseconds, as Docker writes them. */
export interface Healthcheck {
  Test: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
}

export class StageState {
  readonly settings: ImageSettings;
  /** ARG values that are visible from here on. */
  readonly args = new Map<string, string>();
  readonly layers: Layer[];
  readonly tree: Tree;
  readonly history: { created_by: string; empty_layer?: true }[];
  /** Names all that went into the files so far. */
  key: string;
  readonly base: BaseImage;

  constructor(base: BaseImage, key: string, parent?: StageState) {
    this.base = base;
    this.key = key;
    this.layers = [...(parent?.layers ?? [])];
    this.history = [...(parent?.history ?? [])];
    this.tree = new Tree();
    for (const layer of this.layers) this.tree.apply(layer.index, layer.folder);
    this.settings = parent ? copySettings(parent.settings) : fresh(base);
  }

  /** ENV wins over ARG of the same name, as in Docker. */
  get variables(): Map<string, string> {
    return new Map([...this.args, ...this.settings.env]);
  }

  add(layer: Layer | null, createdBy: string): void {
    this.history.push(layer ? { created_by: createdBy } : { created_by: createdBy, empty_layer: true });
    if (!layer) return;
    this.layers.push(layer);
    this.tree.apply(layer.index, layer.folder);
  }
}

function fresh(base: BaseImage): ImageSettings {
  return {
    env: new Map(Object.entries(base.env)),
    workdir: '/',
    exposed: [],
    volumes: [],
    labels: new Map(),
    shell: ['/bin/sh', '-c'],
    ...(base.cmd ? { cmd: base.cmd } : {}),
  };
}

function copySettings(settings: ImageSettings): ImageSettings {
  return {
    ...settings,
    env: new Map(settings.env),
    labels: new Map(settings.labels),
    exposed: [...settings.exposed],
    volumes: [...settings.volumes],
  };
}

/** The stages that a target needs, itself last. */
export function needed(stages: readonly Stage[], target: Stage): Stage[] {
  const found = new Set<Stage>();
  const visit = (stage: Stage) => {
    if (found.has(stage)) return;
    const references = stage.instructions.flatMap(({ flags }) =>
      flags.filter(([name]) => name === 'from').map(([, value]) => value),
    );
    for (const reference of [stage.base, ...references]) {
      const other = find(stages, reference, stage.index);
      if (other) visit(other);
    }
    found.add(stage);
  };
  visit(target);
  return [...found];
}

/** By name, or for COPY --from by number; only stages before the one that asks. */
export function find(stages: readonly Stage[], reference: string, before: number): Stage | undefined {
  const earlier = stages.slice(0, before);
  return (
    earlier.find((stage) => stage.name === reference.toLowerCase()) ??
    (/^\d+$/.test(reference) ? earlier[Number(reference)] : undefined)
  );
}

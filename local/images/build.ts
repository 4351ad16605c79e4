/**
 * `docker build` without Docker: a Dockerfile and its context become an OCI image in the cache. Steps whose key has been
 * seen before are taken from there.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildArgs } from './args.ts';
import { baseImage } from './base.ts';
import { layerBlob } from './blob.ts';
import { type Cache, keyOf, type Layer } from './cache.ts';
import { readContext } from './context.ts';
import { parents, writeLayer } from './copy.ts';
import { copyLine } from './copy-line.ts';
import { type Instruction, parseDockerfile, type Stage } from './dockerfile.ts';
import { DockerfileError } from './errors.ts';
import { expand } from './expand.ts';
import { type Image, writeImage } from './image.ts';
import { failure, lines, summary } from './log.ts';
import type { BuildRequest } from './request.ts';
import { removeWork } from './run/process.ts';
import { chooseSandbox, type Sandbox } from './run/sandbox.ts';
import { prepareTools } from './run/tools.ts';
import { runCommand, runMounts } from './run-line.ts';
import { absolute, SETTINGS } from './settings.ts';
import { find, needed, StageState } from './stage.ts';
import { digestOfEntries, type Index, type Tree } from './tree.ts';

/** Counted up when a change here makes other files of the same Dockerfile. */
const VERSION = 1;

/** Throws `DockerfileError` for what is wrong with the Dockerfile, or with what its lines did. */
export async function build(request: BuildRequest, cache: Cache): Promise<Image> {
  const dockerfile = parseDockerfile(readFileSync(request.file, 'utf8'));
  const target =
    request.target === undefined
      ? dockerfile.stages.at(-1)
      : find(dockerfile.stages, request.target, dockerfile.stages.length);
  if (!target) throw new Error(`the Dockerfile has no stage "${request.target}"`);
  const args = new BuildArgs(request.args, dockerfile.globals);
  const sandbox = await chooseSandbox(prepareTools(cache.home), cache.home);
  const builder = new Builder(request, args, cache, sandbox);
  for (const stage of needed(dockerfile.stages, target)) await builder.stage(stage, dockerfile.stages);
  const unused = args.unused();
  if (unused.length > 0) request.say(`warning: no ARG asks for ${unused.join(', ')}`);
  const state = builder.result(target);
  for (const [name, value] of request.labels) state.settings.labels.set(name, value);
  const blobs = [];
  for (const layer of state.layers) blobs.push(await layerBlob(cache, layer));
  return writeImage(cache, state, blobs);
}

class Builder {
  private readonly request: BuildRequest;
  private readonly cache: Cache;
  private readonly sandbox: Sandbox;
  private readonly done = new Map<Stage, StageState>();
  private readonly args: BuildArgs;
  private readonly noted = new Set<string>();
  private context: Tree | undefined;

  constructor(request: BuildRequest, args: BuildArgs, cache: Cache, sandbox: Sandbox) {
    this.request = request;
    this.args = args;
    this.cache = cache;
    this.sandbox = sandbox;
  }

  result(stage: Stage): StageState {
    return this.done.get(stage) as StageState;
  }

  async stage(stage: Stage, stages: readonly Stage[]): Promise<void> {
    const state = this.begin(stage, stages);
    const label = stage.name ?? `stage-${stage.index}`;
    for (const [number, instruction] of stage.instructions.entries()) {
      const title = `[${label} ${number + 1}/${stage.instructions.length}] ${instruction.keyword} ${summary(instruction)}`;
      await this.step(state, instruction, title, stage, stages);
    }
    this.done.set(stage, state);
  }

  private begin(stage: Stage, stages: readonly Stage[]): StageState {
    const reference = expand(stage.base, this.args.globals);
    const parent = find(stages, reference, stage.index);
    if (parent && !/^\d+$/.test(reference)) {
      const state = this.done.get(parent) as StageState;
      return new StageState(state.base, state.key, state);
    }
    const base = baseImage(reference, process.version);
    if (!base) {
      throw new DockerfileError(
        stage.line,
        `FROM ${reference}: in the process runtime this machine stands in for the base image, and it can only for node, debian, ubuntu, alpine and the like`,
      );
    }
    if (base.note) this.note(base.note);
    if (
      stage.platform &&
      !stage.platform.includes('$') &&
      stage.platform !== this.args.globals.get('TARGETPLATFORM')
    ) {
      this.request.say(
        `note: --platform=${stage.platform}: built for this machine, ${this.args.globals.get('TARGETPLATFORM')}`,
      );
    }
    return new StageState(
      base,
      keyOf([VERSION, this.sandbox.kind, process.platform, process.arch, process.version]),
    );
  }

  private async step(
    state: StageState,
    instruction: Instruction,
    title: string,
    stage: Stage,
    stages: readonly Stage[],
  ): Promise<void> {
    const { keyword } = instruction;
    const change = SETTINGS[keyword];
    if (change) {
      change(state, instruction);
      state.add(null, title.slice(title.indexOf(']') + 2));
    } else if (keyword === 'ARG') this.args.declare(instruction, state.args, state.variables);
    else if (keyword === 'WORKDIR') await this.workdir(state, instruction, title);
    else if (keyword === 'RUN') await this.run(state, instruction, title);
    else await this.copy(state, instruction, title, stage, stages);
  }

  /** Takes the step from the cache, or makes it: `make` fills a scratch folder. */
  private async layer(
    state: StageState,
    key: string,
    title: string,
    make: (scratch: string) => Promise<{ files: string; index: Index }>,
  ): Promise<void> {
    const createdBy = title.slice(title.indexOf(']') + 2);
    state.key = key;
    const known = this.request.noCache ? undefined : this.cache.step(key);
    if (known !== undefined) {
      this.request.say(`${title} (cached)`);
      state.add(known, createdBy);
      return;
    }
    this.request.say(title);
    const scratch = this.cache.temporary();
    let layer: Layer | null;
    try {
      const { files, index } = await make(scratch);
      layer = this.cache.keep(key, files, index);
    } finally {
      removeWork(scratch);
    }
    state.add(layer, createdBy);
  }

  private async workdir(state: StageState, { text }: Instruction, title: string): Promise<void> {
    const path = absolute(state.settings.workdir, expand(text, state.variables));
    state.settings.workdir = path;
    const inside = state.tree.resolve(path.slice(1));
    if (path === '/' || state.tree.get(inside)) return state.add(null, title.slice(title.indexOf(']') + 2));
    await this.layer(state, keyOf([state.key, 'WORKDIR', inside]), title, async (scratch) => {
      const files = join(scratch, 'files');
      const index: Index = new Map();
      mkdirSync(files);
      parents(files, `${inside}/.`, state.tree, index);
      return { files, index };
    });
  }

  private async run(state: StageState, instruction: Instruction, title: string): Promise<void> {
    const { command, input } = runCommand(state, instruction);
    const mounts = runMounts(state, instruction, () => this.theContext(), this.cache);
    const variables = Object.fromEntries(state.variables);
    const key = keyOf([
      state.key,
      'RUN',
      command,
      input ?? '',
      state.settings.workdir,
      variables,
      mounts.map(({ key }) => key),
    ]);
    const output = lines((line) => this.request.say(`  ${line}`));
    await this.layer(state, key, title, async (scratch) => {
      const result = await this.sandbox.run({
        layers: state.layers,
        tree: state.tree,
        command,
        workdir: state.settings.workdir,
        variables,
        mounts: mounts.map(({ mount }) => mount(scratch)),
        onOutput: output,
        scratch,
        ...(input === undefined ? {} : { input }),
      });
      output('\n');
      if (result.exitCode !== 0)
        throw new DockerfileError(instruction.line, failure(instruction, result.exitCode));
      return result;
    });
  }

  private async copy(
    state: StageState,
    instruction: Instruction,
    title: string,
    stage: Stage,
    stages: readonly Stage[],
  ): Promise<void> {
    const scratch = this.cache.temporary();
    try {
      const { selection, linked } = copyLine({
        state,
        instruction,
        scratch,
        context: () => this.theContext(),
        stage: (reference) => {
          const from = find(stages, reference, stage.index);
          return from && this.result(from).tree;
        },
        note: (line) => this.note(line),
      });
      const key = keyOf([state.key, 'COPY', digestOfEntries(selection)]);
      await this.layer(state, key, title, async (place) => {
        const files = join(place, 'files');
        mkdirSync(files);
        return { files, index: writeLayer(files, selection, state.tree, linked) };
      });
    } finally {
      removeWork(scratch);
    }
  }

  /** Said once, however many lines it is true of. */
  private note(line: string): void {
    if (this.noted.has(line)) return;
    this.noted.add(line);
    this.request.say(`note: ${line}`);
  }

  private theContext(): Tree {
    this.context ??= readContext(this.request.context, this.request.file);
    return this.context;
  }
}

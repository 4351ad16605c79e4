/** What a COPY or ADD line selects, its flags and heredocs included. */
import { type Selection, select, textEntry } from './copy.ts';
import type { Instruction } from './dockerfile.ts';
import { DockerfileError } from './errors.ts';
import { expand, expandText, words } from './expand.ts';
import { absolute } from './settings.ts';
import type { StageState } from './stage.ts';
import type { Tree } from './tree.ts';

interface CopyLine {
  readonly state: StageState;
  readonly instruction: Instruction;
  /** Heredocs are written here. */
  readonly scratch: string;
  readonly context: () => Tree;
  /** The files of an earlier stage, by name or number. */
  readonly stage: (reference: string) => Tree | undefined;
  readonly note: (line: string) => void;
}

/** `linked`: the files belong to a layer already and may be linked to. */
export function copyLine(copy: CopyLine): { selection: Selection; linked: boolean } {
  const { state, instruction } = copy;
  const { keyword, line, heredocs, exec } = instruction;
  const given = new Map(instruction.flags);
  const all = exec
    ? exec.map((word) => expand(word, state.variables))
    : words(instruction.text, state.variables);
  const destination = all.at(-1);
  if (destination === undefined || all.length < 2) {
    throw new DockerfileError(line, `${keyword} needs a source and a destination`);
  }
  const sources = all.slice(0, -1).filter((word) => !word.startsWith('<<'));
  if (keyword === 'ADD') refuseWhatOnlyAddDoes(sources, line);
  if (given.has('chown')) {
    copy.note('--chown is left out; the process runs as the user who started it');
  }
  const mode = octal(given.get('chmod'), line);
  const reference = given.get('from');
  const from = reference === undefined ? undefined : copy.stage(reference);
  if (reference !== undefined && !from) {
    throw new DockerfileError(
      line,
      `${keyword} --from=${reference}: there is no earlier stage of that name, and the files of other images are not on this machine`,
    );
  }
  const path = absolute(state.settings.workdir, destination);
  const selection: Selection = new Map();
  if (sources.length > 0) {
    // Several sources need a folder; where there is none yet, the slash says that it becomes one.
    const target = sources.length > 1 && !path.endsWith('/') ? `${path}/` : path;
    const request = { from: from ?? copy.context(), sources, destination: target, onto: state.tree };
    try {
      for (const [inner, entry] of select({ ...request, ...(mode === undefined ? {} : { mode }) })) {
        selection.set(inner, entry);
      }
    } catch (error) {
      throw new DockerfileError(line, `${keyword}: ${(error as Error).message}`);
    }
  }
  for (const { name, quoted, content } of heredocs) {
    const inner = (path.endsWith('/') ? `${path}${name}` : path).slice(1);
    const text = quoted ? content : expandText(content, state.variables);
    const entry = textEntry(copy.scratch, inner, text);
    selection.set(inner, entry.kind === 'file' && mode !== undefined ? { ...entry, mode } : entry);
  }
  return { selection, linked: from !== undefined && mode === undefined && heredocs.length === 0 };
}

function octal(mode: string | undefined, line: number): number | undefined {
  if (mode === undefined) return undefined;
  if (/^[0-7]{3,4}$/.test(mode)) return Number.parseInt(mode, 8);
  throw new DockerfileError(line, `--chmod=${mode}: only an octal mode such as 755 is supported here`);
}

function refuseWhatOnlyAddDoes(sources: readonly string[], line: number): void {
  for (const source of sources) {
    if (/^(?:https?|git|ssh):|^git@/.test(source)) {
      throw new DockerfileError(
        line,
        `ADD ${source}: nothing is fetched here; put the file into the repository and COPY it`,
      );
    }
    if (/\.(?:tar|tgz|tar\.\w+|tbz2?|txz)$/.test(source)) {
      throw new DockerfileError(
        line,
        `ADD ${source}: archives are not unpacked here; COPY it and unpack it in a RUN line`,
      );
    }
  }
}

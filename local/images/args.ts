/** ARG: what the caller gives, what the Dockerfile has as default, and what Docker knows by itself. */
import type { Instruction } from './dockerfile.ts';
import { words } from './expand.ts';

export class BuildArgs {
  /** Visible in FROM lines, and in a stage once an ARG of it asks for them. */
  readonly globals = new Map<string, string>();
  private readonly given: ReadonlyMap<string, string>;
  private readonly used = new Set<string>();

  constructor(given: ReadonlyMap<string, string>, globals: readonly Instruction[]) {
    this.given = given;
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    for (const side of ['TARGET', 'BUILD']) {
      this.globals.set(`${side}PLATFORM`, `linux/${architecture}`);
      this.globals.set(`${side}OS`, 'linux');
      this.globals.set(`${side}ARCH`, architecture);
    }
    for (const instruction of globals) this.declare(instruction, this.globals, this.globals);
  }

  /** The caller's value, else the default, else what a global ARG of the name says. */
  declare(instruction: Instruction, into: Map<string, string>, variables: ReadonlyMap<string, string>): void {
    for (const word of words(instruction.text, variables)) {
      const [name = '', ...rest] = word.split('=');
      this.used.add(name);
      const value = this.given.get(name) ?? (rest.length > 0 ? rest.join('=') : this.globals.get(name));
      if (value === undefined) into.delete(name);
      else into.set(name, value);
    }
  }

  /** What the caller gave and no ARG asked for. */
  unused(): string[] {
    return [...this.given.keys()].filter((name) => !this.used.has(name));
  }
}

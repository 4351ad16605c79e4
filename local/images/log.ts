/** What a build's log says of its lines. */
import type { Instruction } from './dockerfile.ts';

export function failure(instruction: Instruction, exitCode: number): string {
  const hint = exitCode === 127 ? '; that is how a shell says that a program is not there' : '';
  return `RUN ${summary(instruction)} ended with exit code ${exitCode}${hint}`;
}

export function summary({ exec, text, flags }: Instruction): string {
  const words = [
    ...flags.map(([name, value]) => `--${name}${value === '' ? '' : `=${value}`}`),
    exec ? JSON.stringify(exec) : text.replace(/\s+/g, ' '),
  ];
  const all = words.join(' ');
  return all.length > 160 ? `${all.slice(0, 157)}...` : all;
}

/** Cuts a stream of text into lines. */
export function lines(each: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const all = (rest + text).split(/\r?\n|\r/);
    rest = all.pop() ?? '';
    for (const line of all) if (line !== '') each(line);
  };
}

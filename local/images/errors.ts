/** What is wrong with the user's Dockerfile or build; the message names the line and what to do. */
export class DockerfileError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`Dockerfile:${line}: ${message}`);
    this.name = 'DockerfileError';
    this.line = line;
  }
}

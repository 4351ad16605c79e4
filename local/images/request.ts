/** What `docker build` was asked for. */
export interface BuildRequest {
  readonly context: string;
  /** The Dockerfile's path. */
  readonly file: string;
  readonly args: ReadonlyMap<string, string>;
  readonly target?: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly noCache: boolean;
  /** One line of the build's log. */
  readonly say: (line: string) => void;
}

/** The verbs, in the order in which a person meets them. Only names and summaries: the files load when they run. */
import type { Command } from './command.ts';

export interface Verb {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

export const VERBS: readonly Verb[] = [
  {
    name: 'start',
    summary: 'run the embedded AWS, deploy the example on it, and serve both',
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'local',
    summary: 'run the embedded AWS by itself; stop it, or forget its state',
    load: async () => (await import('./commands/local.ts')).local,
  },
  {
    name: 'deploy',
    summary: 'build a commit, migrate the database and release it',
    load: async () => (await import('./commands/deploy.ts')).deploy,
  },
  {
    name: 'show',
    summary: 'show one deployment, or follow it',
    load: async () => (await import('./commands/show.ts')).show,
  },
];

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
    name: 'plan',
    summary: 'say what `deploy` would do, and what it would refuse; change nothing',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    name: 'deploy',
    summary: 'build a commit, migrate the database and release it',
    load: async () => (await import('./commands/deploy.ts')).deploy,
  },
  {
    name: 'publish',
    summary: 'only build and push: what `update` releases afterwards',
    load: async () => (await import('./commands/publish.ts')).publish,
  },
  {
    name: 'update',
    summary: 'only release what was published',
    load: async () => (await import('./commands/update.ts')).update,
  },
  {
    name: 'rollback',
    summary: 'go back to a release that is proven healthy',
    load: async () => (await import('./commands/rollback.ts')).rollback,
  },
  {
    name: 'check',
    summary: 'say whether a service is healthy: tasks, targets, answers, database, load',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'verify',
    summary: 'look whether everything is there that a deployment needs',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'watch',
    summary: 'show the logs or the metrics of a service, once or live',
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  {
    name: 'show',
    summary: 'show one deployment with all its evidence, or follow it',
    load: async () => (await import('./commands/show.ts')).show,
  },
  {
    name: 'history',
    summary: 'list the deployments of a service, newest first',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'schedules',
    summary: 'list when services are deployed by themselves: the next times, and the last result',
    load: async () => (await import('./commands/schedules.ts')).schedules,
  },
  {
    name: 'upload',
    summary: 'upload the source of a branch, for the schedule that builds it',
    load: async () => (await import('./commands/upload.ts')).upload,
  },
  {
    name: 'approve',
    summary: 'let a deployment that waits run its migrations',
    load: async () => (await import('./commands/approve.ts')).approve,
  },
  {
    name: 'reject',
    summary: 'refuse the migrations of a deployment that waits',
    load: async () => (await import('./commands/reject.ts')).reject,
  },
  {
    name: 'cancel',
    summary: 'ask a running deployment to stop; it goes back if it must',
    load: async () => (await import('./commands/cancel.ts')).cancel,
  },
  {
    name: 'migrations',
    summary: 'judge migrations, write them anew, compare them with a database, resolve a failed one',
    load: async () => (await import('./commands/migrations.ts')).migrations,
  },
  {
    name: 'explain',
    summary: 'say what an error, a verdict or a rule of the judge means, and what to do',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'init',
    summary: 'write an environment file, from an ECS service that runs or from answers',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'console',
    summary: 'serve a page that shows what runs, and each deployment with its evidence',
    load: async () => (await import('./commands/console.ts')).consoleVerb,
  },
  {
    name: 'completion',
    summary: 'print completion for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];

/** What a job does: makes the request, starts it or finds it running, follows it, and tells how it ended. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rejectDeployment } from '../aws/approval.ts';
import { requestCancel } from '../aws/journal.ts';
import { type Cloud, openCloud } from '../cli/cloud.ts';
import type { Invocation } from '../cli/command.ts';
import { follow } from '../cli/follow.ts';
import { open, openCommit } from '../cli/open.ts';
import { Repository } from '../cli/repository.ts';
import { commitRequest, plainRequest, requester } from '../cli/request.ts';
import { isWaiting } from '../core/approval.ts';
import { type Run, runOf } from '../core/ci.ts';
import { LockstepError } from '../core/errors.ts';
import type { DetachedEvent, StartedEvent, StepEvent, VerdictEvent } from '../core/events.ts';
import type { DeployRequest } from '../core/request.ts';
import { EXIT_STILL_RUNNING, isGood, VERDICTS } from '../core/verdict.ts';
import type { Inputs } from './inputs.ts';
import { Link, LinkLost } from './link.ts';
import type { JobLog } from './log.ts';
import { planComment, summaryOf } from './markdown.ts';
import { addSummary, setOutputs } from './outputs.ts';
import { begin } from './start.ts';
import { uploadSource } from './upload.ts';

export interface Job {
  readonly inputs: Inputs;
  readonly variables: NodeJS.ProcessEnv;
  readonly log: JobLog;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
}

/** Gives the exit code. */
export async function runJob(job: Job): Promise<number> {
  const { inputs, variables, log, signal } = job;
  if (inputs.action === 'plan') return writePlan(job);
  if (inputs.action === 'upload') return uploadSource(job);
  const run = runOf(variables);
  if (!run) {
    throw new LockstepError('UsageError', {
      problem: 'no variable says which run this is.',
      help: 'Outside of GitHub, GitLab and Buildkite set LOCKSTEP_RUN to what is the same when the job is run again.',
    });
  }
  const { request, commit, cloud, reopen } = await prepare(job, run);
  if (signal.aborted) {
    log.note('The job was cancelled before anything was started.');
    return VERDICTS.cancelled.exit;
  }
  const { executionArn, attached } = await begin(cloud, request, commit, run);
  const link = new Link(cloud, executionArn, {
    target: `${request.service}/${request.environment}`,
    reopen,
    say: (text) => log.note(text),
    signal,
  });
  const started = startedOf(link, request, attached);
  // They are there even if the runner kills this process.
  setOutputs(variables, { 'deployment-id': link.deploymentId, 'execution-arn': executionArn });
  log.show(started);
  if (attached) log.note('This run has started it before: attached to it.');
  const { end, steps } = await watch(job, link);
  log.show(end);
  if (end.type === 'detached' && signal.aborted && inputs.onCancel === 'cancel')
    await askToStop(job, link, `${request.service}/${request.environment}`);
  return tell(job, { started, steps, end });
}

interface Prepared {
  readonly request: DeployRequest;
  /** What the run is about; the request of an update need not name it. */
  readonly commit: string;
  readonly cloud: Cloud;
  reopen(): Promise<Cloud>;
}

async function prepare({ inputs, variables, log, signal }: Job, run: Run): Promise<Prepared> {
  const commit =
    inputs.commit ?? variables['GITHUB_SHA'] ?? variables['CI_COMMIT_SHA'] ?? variables['BUILDKITE_COMMIT'];
  const directory = resolve(variables['GITHUB_WORKSPACE'] ?? '.', inputs.directory);
  const { service, environment, action } = inputs;
  const invocation: Invocation = {
    options: { service, environment, commit },
    positionals: [],
    variables,
    directory,
    signal,
  };
  const reason = inputs.reason ?? run.url;
  const because = {
    ...(reason !== undefined && { reason: reason.slice(0, 500) }),
    ...(inputs.overrideFreeze && { overrideFreeze: inputs.overrideFreeze.slice(0, 500) }),
  };
  if (action === 'deploy' || action === 'publish') {
    const opened = await openCommit(invocation);
    const request = await commitRequest(opened, action, (text) => log.note(text));
    return {
      request: { ...request, ...because },
      commit: opened.commit.hash,
      cloud: opened.cloud,
      reopen: () => openCloud({ ...opened, variables, directory }),
    };
  }
  const opened = await open(invocation);
  const request = plainRequest(opened, action === 'update' ? 'update' : 'rollback', {
    ...(action === 'update' && inputs.commit && { commit: await hashOf(directory, inputs.commit) }),
    ...(inputs.imageTag && { imageTag: inputs.imageTag }),
    ...(inputs.to && { rollbackTo: inputs.to }),
    ...because,
  });
  return {
    request,
    commit: commit ?? inputs.imageTag ?? action,
    cloud: opened.cloud,
    reopen: () => openCloud({ ...opened, variables, directory }),
  };
}

/** What an image is known by is the whole hash; a workflow may name a branch. */
async function hashOf(directory: string, name: string): Promise<string> {
  const repository = await Repository.at(directory);
  return (await repository.commit(name)).hash;
}

function startedOf(link: Link, request: DeployRequest, attached: boolean): StartedEvent {
  return {
    type: 'started',
    deploymentId: link.deploymentId,
    executionArn: link.executionArn,
    executionName: link.executionArn.split(':').at(-1) ?? '',
    service: request.service,
    environment: request.environment,
    action: request.action,
    commit: request.commit ?? null,
    subject: request.subject ?? '',
    attached,
  };
}

/** Follows it as long as it can be seen. */
async function watch(
  { inputs, log, signal }: Job,
  link: Link,
): Promise<{ end: VerdictEvent | DetachedEvent; steps: readonly StepEvent[] }> {
  const steps = new Map<string, StepEvent>();
  const renderer = {
    show(event: Parameters<JobLog['show']>[0]) {
      if (event.type === 'step') steps.set(event.step, event);
      log.show(event);
    },
    tick: () => {},
  };
  try {
    const end = await follow(link, {
      renderer,
      signal,
      interval: link.interval,
      ...(inputs.timeout !== undefined && { timeout: inputs.timeout }),
    });
    return { end, steps: [...steps.values()] };
  } catch (error) {
    if (!(error instanceof LinkLost)) throw error;
    log.note(error.message);
    const { deploymentId, executionArn } = link;
    const end = { type: 'detached', deploymentId, executionArn, why: 'lost' } as const;
    return { end, steps: [...steps.values()] };
  }
}

/** The deployment ends itself at its next look, and goes back where it must: no execution is killed. */
async function askToStop({ log }: Job, link: Link, target: string): Promise<void> {
  const { deploymentId } = link;
  try {
    const asked = await link.ask(({ journal }) => requestCancel(journal, target, deploymentId, requester()));
    if (!asked) {
      log.note(
        `Deployment ${deploymentId} does not hold the lock of ${target}: it has ended, or has not begun.`,
      );
      return;
    }
    const entry = await link.entry();
    if (entry && isWaiting(entry)) {
      // One that waits for a person looks at nothing: its wait is ended for it.
      const answer = { by: requester(), reason: 'the job was cancelled' };
      await link.ask((cloud) => rejectDeployment(cloud.sfn, entry, answer));
      log.note(
        `Deployment ${deploymentId} waited for a person; its wait was ended, and nothing is migrated.`,
      );
      return;
    }
    log.note(`Asked deployment ${deploymentId} to stop; it goes back if it must.`);
  } catch (error) {
    if (!(error instanceof LockstepError || error instanceof LinkLost)) throw error;
    log.note(`Deployment ${deploymentId} could not be asked to stop: ${error.message}`);
  }
}

function tell(
  { log, variables }: Job,
  told: { started: StartedEvent; steps: readonly StepEvent[]; end: VerdictEvent | DetachedEvent },
): number {
  const { end } = told;
  addSummary(variables, summaryOf(told));
  if (end.type === 'detached') {
    log.note('run the job again: it attaches to the same deployment');
    return EXIT_STILL_RUNNING;
  }
  setOutputs(variables, {
    verdict: end.verdict,
    running: end.running ? JSON.stringify(end.running) : '',
  });
  if (!isGood(end.verdict)) log.annotate(end.verdict, end.sentence);
  return VERDICTS[end.verdict].exit;
}

function writePlan({ inputs, variables, log }: Job): number {
  const path = resolve(variables['GITHUB_WORKSPACE'] ?? '.', inputs.directory, inputs.planComment ?? '');
  let markdown: string;
  try {
    markdown = planComment(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new LockstepError('UsageError', {
      problem: `${path} holds no plan: ${(error as Error).message}.`,
      help: 'Write it with `lockstep plan --json > FILE`; exit code 10 says that `deploy` would be refused.',
    });
  }
  const comment = `${path}.md`;
  writeFileSync(comment, markdown);
  addSummary(variables, markdown);
  setOutputs(variables, { comment });
  log.note(`The comment is in ${comment}.`);
  return 0;
}

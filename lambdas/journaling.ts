/** What surrounds a step of a deployment: the lease of its lock, and its record in the journal. */
import { type Found, type Journal, readEntry, renewLock, writeStep } from '../aws/journal.ts';
import { LockstepError } from '../core/errors.ts';
import {
  boundedEvidence,
  type Failure,
  type JournalEntry,
  LEASE_SECONDS,
  type StepRecord,
} from '../core/journal.ts';
import type { Deployment } from '../core/request.ts';
import type { Step } from '../core/steps.ts';
import { asKnown } from './known-error.ts';

type Work = Readonly<Record<string, unknown>>;
type StepKey = keyof JournalEntry['steps'];

/** What a step gets of its journal. */
export interface Kept {
  readonly step: StepKey;
  /** The deployment's entry as it was when this call began; undefined before `Plan` has written it. */
  readonly entry: JournalEntry | undefined;
  /** What earlier calls of this step have started. */
  readonly work: Work;
  /** Who asked to cancel. */
  readonly cancelledBy: string | undefined;
  /** Writes down what has just been started, before anything else can go wrong. It is added to what is there. */
  keep(work: Work, summary: string): Promise<void>;
}

/** What a step gives: its result for the state machine, and what the journal keeps besides. */
export interface Ran<Result> {
  readonly result: Result;
  readonly work?: Work;
  /** For a step that ends in a failure without throwing. */
  readonly failure?: Failure;
  /** What the step found out for the whole deployment. */
  readonly found?: Found;
}

interface Options {
  readonly step: StepKey | null;
  readonly name: Step;
  readonly cancel: 'before' | 'itself';
  /** Absent: the lock is let alone; undefined: the usual time. */
  readonly lease?: number | undefined;
}

export class Journaling {
  private readonly journal: Journal;
  private readonly deployment: Deployment;
  private readonly options: Options;
  private work: Work = {};
  private startedAt = now();

  constructor(journal: Journal, deployment: Deployment, options: Options) {
    this.journal = journal;
    this.deployment = deployment;
    this.options = options;
  }

  async around<Result>(run: (kept: Kept) => Promise<Ran<Result>>): Promise<Result> {
    const cancelledBy = await this.renew();
    try {
      const entry = await readEntry(this.journal, this.deployment);
      const before = this.options.step ? entry?.steps[this.options.step] : undefined;
      this.work = before?.work ?? {};
      this.startedAt = before?.startedAt ?? this.startedAt;
      if (cancelledBy && this.options.cancel === 'before')
        throw new LockstepError('Cancelled', { by: cancelledBy });

      const ran = await run({
        step: this.options.step ?? this.options.name,
        entry,
        work: this.work,
        cancelledBy,
        keep: (work, summary) => {
          this.work = { ...this.work, ...work };
          return this.write({ status: 'waiting', summary }, {});
        },
      });
      this.work = { ...this.work, ...ran.work };
      await this.write(recordOf(ran), ran.found ?? {});
      return ran.result;
    } catch (error) {
      await this.writeFailure(error);
      throw error;
    }
  }

  /** A step without the lock must change nothing, not even the journal: somebody else goes on from what stands there. */
  private async renew(): Promise<string | undefined> {
    if (!('lease' in this.options)) return undefined;
    const expiresAt = Math.floor(Date.now() / 1000) + (this.options.lease ?? LEASE_SECONDS);
    const lock = await renewLock(this.journal, this.deployment, expiresAt);
    return lock.cancelledBy;
  }

  private async write(
    record: Pick<StepRecord, 'status' | 'summary' | 'failure'>,
    found: Found,
  ): Promise<void> {
    const { step } = this.options;
    if (!step) return;
    await writeStep(
      this.journal,
      this.deployment,
      step,
      {
        startedAt: this.startedAt,
        ...(record.status === 'waiting' ? {} : { endedAt: now() }),
        ...(Object.keys(this.work).length > 0 ? { work: this.work } : {}),
        ...record,
      },
      found,
    );
  }

  /** The failure with its evidence, for whoever asks later. That it cannot be written must not hide what it is. */
  private async writeFailure(error: unknown): Promise<void> {
    const failure = failureOf(this.options.name, error);
    try {
      await this.write({ status: 'failed', summary: failure.sentence, failure }, {});
    } catch {
      // The error itself goes on to Step Functions, and `Record` takes what it needs from there.
    }
  }
}

export function failureOf(step: Step, error: unknown): Failure {
  const known = asKnown(error, step);
  return {
    step,
    error: known.name,
    sentence: known.message,
    remedy: known.remedy,
    evidence: boundedEvidence(known.evidence),
  };
}

function recordOf(ran: Ran<unknown>): Pick<StepRecord, 'status' | 'summary' | 'failure'> {
  const { status, summary } = ran.result as { status?: string; summary?: string };
  const known = status === 'waiting' || status === 'skipped' || status === 'failed' ? status : 'done';
  return { status: known, summary: summary ?? '', ...(ran.failure ? { failure: ran.failure } : {}) };
}

function now(): string {
  return new Date().toISOString();
}

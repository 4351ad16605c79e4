/** The executions of a world: started, kept on disk event by event, taken up again after a restart. */
import { randomUUID } from 'node:crypto';
import type { Event } from '../../states/history.ts';
import type { Json } from '../../states/json.ts';
import { newThread, type RunRecord } from '../../states/record.ts';
import { type Host, Run } from '../../states/run.ts';
import type { TaskAnswer, Tasks } from '../../states/tasks.ts';
import { announceStatus, logEvent } from './announce.ts';
import { keepDefinition, machineOf } from './definitions.ts';
import {
  type ExecutionRecord,
  executionArn,
  type MachineRecord,
  removeIfDeleted,
  type State,
} from './model.ts';

/** AWS keeps executions that long after they have ended; until then their names are taken. */
const KEPT_FOR_MS = 90 * 24 * 3_600_000;

export class Executions {
  private readonly state: State;
  private readonly tasks: Tasks;
  private readonly runs = new Map<string, Run>();
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(state: State, tasks: (executions: Executions) => Tasks) {
    this.state = state;
    this.tasks = tasks(this);
  }

  start(machine: MachineRecord, name: string, input: Json): ExecutionRecord {
    const { world } = this.state;
    const execution: ExecutionRecord = {
      arn: executionArn(world, machine.name, name),
      name,
      machineArn: machine.arn,
      file: `run-${randomUUID()}`,
      definition: keepDefinition(this.state, machine.definition),
      roleArn: machine.roleArn,
      logging: machine.logging,
      ...(machine.revisionId === undefined ? {} : { revisionId: machine.revisionId }),
      machineUpdatedAt: machine.updatedAt,
      startedAt: world.clock.now(),
      status: 'RUNNING',
      redriveCount: 0,
    };
    const compiled = machineOf(this.state, execution.definition);
    const record: RunRecord = {
      arn: execution.arn,
      name,
      machineArn: machine.arn,
      machineName: machine.name,
      roleArn: machine.roleArn,
      region: world.region,
      input,
      startedAt: execution.startedAt,
      status: 'RUNNING',
      redriveCount: 0,
      events: [],
      main: newThread(compiled.program.startAt, input, 0),
    };
    this.state.executions.set(execution.arn, execution);
    this.keep(execution, record);
    this.open(execution, record).start();
    return execution;
  }

  /** The run of an execution, of this process or from disk. */
  record(execution: ExecutionRecord): RunRecord {
    const running = this.runs.get(execution.arn);
    if (running) return running.record;
    const record = this.file(execution).get('run');
    if (!record) throw new Error(`The file ${execution.file} of ${execution.arn} is gone.`);
    return record;
  }

  /** The run as something that can be acted on; ended executions have none until they are redriven. */
  find(arn: string): Run | undefined {
    return this.runs.get(arn);
  }

  redrive(execution: ExecutionRecord): void {
    this.open(execution, this.record(execution)).redrive();
  }

  /** False where no execution waits for the token. */
  complete(token: string, answer: TaskAnswer): boolean {
    return this.runs.get(executionOf(token) ?? '')?.complete(token, answer) ?? false;
  }

  heartbeat(token: string): boolean {
    return this.runs.get(executionOf(token) ?? '')?.heartbeat(token) ?? false;
  }

  ended(arn: string): Promise<void> {
    if (!this.runs.has(arn)) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.set(arn, [...(this.waiting.get(arn) ?? []), resolve]);
    });
  }

  /** Takes up what was running when the last process ended, and forgets what AWS would have forgotten. */
  resume(): void {
    const now = this.state.world.clock.now();
    for (const [arn, execution] of this.state.executions.entries()) {
      if (execution.status === 'RUNNING') {
        const record = this.file(execution).get('run');
        if (record) this.open(execution, record).resume();
        // The process was killed before the run reached the disk: the execution was never really started.
        else this.state.executions.delete(arn);
      } else if (now - (execution.stoppedAt ?? now) > KEPT_FOR_MS) {
        this.forget(execution);
      }
    }
  }

  forget(execution: ExecutionRecord): void {
    this.file(execution).delete('run');
    this.state.executions.delete(execution.arn);
  }

  /** Whether the name may be used again. */
  isExpired(execution: ExecutionRecord): boolean {
    const { stoppedAt } = execution;
    return stoppedAt !== undefined && this.state.world.clock.now() - stoppedAt > KEPT_FOR_MS;
  }

  suspend(): void {
    for (const run of this.runs.values()) run.suspend();
    this.runs.clear();
  }

  private open(execution: ExecutionRecord, record: RunRecord): Run {
    const run = new Run(machineOf(this.state, execution.definition), record, this.host(execution));
    this.runs.set(execution.arn, run);
    return run;
  }

  private host(execution: ExecutionRecord): Host {
    const { world } = this.state;
    return {
      clock: world.clock,
      tasks: this.tasks,
      changed: (record, event?: Event) => {
        this.keep(execution, record);
        if (event) logEvent(world, execution.logging, execution, record, event);
      },
      statusChanged: (record) => {
        this.note(execution, record);
        announceStatus(world, record);
        if (record.status === 'RUNNING') return;
        this.runs.delete(execution.arn);
        removeIfDeleted(this.state, execution.machineArn);
        const waiting = this.waiting.get(execution.arn) ?? [];
        this.waiting.delete(execution.arn);
        for (const resolve of waiting) resolve();
      },
    };
  }

  private note(execution: ExecutionRecord, record: RunRecord): void {
    execution.status = record.status;
    execution.redriveCount = record.redriveCount;
    if (record.stoppedAt === undefined) delete execution.stoppedAt;
    else execution.stoppedAt = record.stoppedAt;
    if (record.redrivenAt !== undefined) execution.redrivenAt = record.redrivenAt;
    this.state.executions.set(execution.arn, execution);
  }

  private keep(execution: ExecutionRecord, record: RunRecord): void {
    this.file(execution).set('run', record);
  }

  /** A file of its own for each run: what has ended is never written again. */
  private file(execution: ExecutionRecord) {
    return this.state.world.store('states').collection<RunRecord>(execution.file);
  }
}

/** Tokens carry the ARN of their execution behind two UUIDs. */
export function executionOf(token: string): string | undefined {
  const text = Buffer.from(token, 'base64').toString();
  return /^[0-9a-f-]{72}(arn:[^:]+:states:.+)$/.exec(text)?.[1];
}

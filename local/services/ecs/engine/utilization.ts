/** CPUUtilization and MemoryUtilization of each service, once a minute, against what its tasks have reserved. */
import type { Timer } from '../../../clock.ts';
import type { RunningTask } from '../../../runtimes/runtime.ts';
import { nameOf } from '../arns.ts';
import { cpuUnits, mebibytes } from '../fargate.ts';
import type { Task } from '../model.ts';
import type { State } from '../state.ts';

const MINUTE_MS = 60_000;

export class Utilization {
  private readonly state: State;
  private readonly running: (task: Task) => RunningTask | undefined;
  private timer: Timer | undefined;
  /** Processor seconds at the last minute, by task. */
  private before = new Map<string, { cpuSeconds: number; at: number }>();

  constructor(state: State, running: (task: Task) => RunningTask | undefined) {
    this.state = state;
    this.running = running;
  }

  start(): void {
    this.timer = this.state.world.clock.after(MINUTE_MS, () => {
      this.measure();
      this.start();
    });
  }

  stop(): void {
    this.timer?.cancel();
  }

  private measure(): void {
    const { clock, ports } = this.state.world;
    const now = clock.now();
    const seen = new Map<string, { cpuSeconds: number; at: number }>();
    for (const service of this.state.services.values()) {
      const cpu: number[] = [];
      const memory: number[] = [];
      for (const task of this.state.serviceTasks(service.arn)) {
        const usage = task.lastStatus === 'RUNNING' ? this.running(task)?.usage() : undefined;
        const units = cpuUnits(task.cpu);
        const mib = mebibytes(task.memory);
        if (!usage || !units || !mib) continue;
        const last = this.before.get(task.arn) ?? { cpuSeconds: 0, at: task.startedAt ?? now };
        seen.set(task.arn, { cpuSeconds: usage.cpuSeconds, at: now });
        const seconds = Math.max(1, (now - last.at) / 1000);
        cpu.push(((usage.cpuSeconds - last.cpuSeconds) / seconds / (units / 1024)) * 100);
        memory.push((usage.memoryBytes / (mib * 1024 * 1024)) * 100);
      }
      const dimensions = { ClusterName: nameOf(service.clusterArn), ServiceName: service.name };
      const put = (name: string, values: readonly number[]) =>
        ports.metrics.put(
          values.map((value) => ({
            namespace: 'AWS/ECS',
            name,
            dimensions,
            value,
            unit: 'Percent',
            at: now,
          })),
        );
      if (cpu.length > 0) put('CPUUtilization', cpu);
      if (memory.length > 0) put('MemoryUtilization', memory);
    }
    this.before = seen;
  }
}

/**
 * A container's health check, as Docker runs it: the first check comes one interval after the start; while the start
 * period lasts, failures do not count, and a success ends it; `retries` failures in a row make the container unhealthy.
 */
import type { Clock, Timer } from '../clock.ts';
import type { HealthCheck } from './runtime.ts';

export interface Watch {
  stop(): void;
}

/** `probe` runs the check's command, at most for `timeout` seconds, and resolves to whether it succeeded. */
export function watchHealth(
  clock: Clock,
  check: HealthCheck,
  probe: () => Promise<boolean>,
  changed: (status: 'HEALTHY' | 'UNHEALTHY') => void,
): Watch {
  const begun = clock.now();
  let status: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' = 'UNKNOWN';
  let starting = check.startPeriod > 0;
  let failures = 0;
  let stopped = false;
  let timer: Timer;

  const become = (next: 'HEALTHY' | 'UNHEALTHY') => {
    if (status === next) return;
    status = next;
    changed(next);
  };
  const look = async () => {
    const good = await probe();
    if (stopped) return;
    if (good) {
      starting = false;
      failures = 0;
      become('HEALTHY');
    } else {
      if (clock.now() - begun >= check.startPeriod * 1000) starting = false;
      if (!starting && ++failures >= check.retries) become('UNHEALTHY');
    }
    timer = clock.after(check.interval * 1000, () => void look());
  };
  timer = clock.after(check.interval * 1000, () => void look());
  return {
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
}

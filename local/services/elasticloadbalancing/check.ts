/** One health check of one target, over real HTTP. */
import http from 'node:http';
import type { HealthCheckSettings } from './model.ts';

export type Answer = { readonly status: number } | 'refused' | 'timeout';

export function ask(host: string, port: number, settings: HealthCheckSettings): Promise<Answer> {
  return new Promise((resolve) => {
    const request = http.request(
      {
        host,
        port,
        path: settings.path,
        // A connection of its own for each check, as the real load balancer makes it: what is proven is that a
        // new connection is taken.
        agent: false,
        headers: { host: `${host}:${port}`, 'user-agent': 'ELB-HealthChecker/2.0', connection: 'close' },
        signal: AbortSignal.timeout(settings.timeout * 1000),
      },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0 });
      },
    );
    request.on('error', (error) =>
      resolve(error.name === 'AbortError' || error.name === 'TimeoutError' ? 'timeout' : 'refused'),
    );
    request.end();
  });
}

/** Whether a status is one that the matcher asks for. */
export function matches(matcher: string, status: number): boolean {
  return matcher.split(',').some((part) => {
    const [low, high] = part.trim().split('-').map(Number);
    return low !== undefined && status >= low && status <= (high ?? low);
  });
}

/** The load balancer's words for a check that failed. */
export function explain(answer: Answer): { reason: string; description: string } {
  if (answer === 'timeout') return { reason: 'Target.Timeout', description: 'Request timed out' };
  if (answer === 'refused')
    return { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
  return {
    reason: 'Target.ResponseCodeMismatch',
    description: `Health checks failed with these codes: [${answer.status}]`,
  };
}

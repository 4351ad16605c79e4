/** The stream of what changes: keeps the store fresh and knows how old what is shown is. */
import type { LiveEvent } from '../../model/live.ts';
import type { Now } from '../../model/now.ts';
import { change, put, refresh } from './store.ts';

/** After so long without a look that succeeded, the page says that it is not live. */
export const STALE_MS = 10_000;

let source: EventSource | null = null;
let following = '';
let readAt = 0;
let said: (sentence: string) => void = () => {};

export const lastRead = (): number => readAt;
export const isStale = (now: number): boolean => readAt > 0 && now - readAt > STALE_MS;

/** Follows the deployment of this id, or none; `tell` announces what a screen reader should hear. */
export function follow(deployment: string, tell: (sentence: string) => void): void {
  said = tell;
  if (source && following === deployment) return;
  source?.close();
  following = deployment;
  source = new EventSource(`/api/events${deployment ? `?deployment=${encodeURIComponent(deployment)}` : ''}`);
  let before = false;
  // What changed while there was no connection has come with no event.
  source.addEventListener('open', () => {
    if (before) refresh(() => true);
    before = true;
  });
  source.addEventListener('live', ({ data }) => take(JSON.parse(data)));
}

function take(event: LiveEvent): void {
  switch (event.type) {
    case 'read':
      readAt = Date.now();
      break;
    case 'row':
      change<Now>('/api/now', (now) => ({
        ...now,
        rows: now.rows.map((row) => (sameRow(row, event.row) ? event.row : row)),
      }));
      refresh((path) => path === `/api/service/${event.row.environment}/${event.row.service}`);
      break;
    case 'deployment':
      put(`/api/deployment/${event.deployment.id}`, event.deployment);
      break;
    case 'changed':
      refresh((path) => path.startsWith(`/api/deployment/${event.id}/`));
      break;
    case 'history':
      refresh((path) => path.startsWith('/api/history') || path.startsWith('/api/metrics'));
      if (event.mark !== 'running') said(event.sentence.replaceAll('`', ''));
      break;
    case 'problem':
      break;
  }
}

const sameRow = (one: Now['rows'][number], other: Now['rows'][number]) =>
  one.environment === other.environment && one.service === other.service;

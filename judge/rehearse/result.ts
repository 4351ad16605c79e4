// What the rehearsal saw, a statement at a time. Plain data: it crosses from the worker.
import type { Effect } from '../../core/migrations.ts';

export type RehearsedStatement = {
  migration: string;
  index: number;
  /** `ok`: it ran. `failed`: the server refused it. `skipped`: it cannot be rehearsed, and `reason` says why. */
  outcome: 'ok' | 'failed' | 'skipped';
  /** On relations that existed before the statement. */
  effects: Effect[];
  error?: { code: string; message: string };
  /** It failed on made-up rows, and ran once they were gone: today's rows decide. */
  onRows?: { code: string; message: string };
  reason?: string;
  /** Objects by kind and name that it made, changed and dropped. */
  created: string[];
  changed: string[];
  dropped: string[];
  milliseconds: number;
};

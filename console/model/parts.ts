/**
 * What all answers of the console's server are made of. This folder is types and nothing else, so that the page may
 * import them; console/server/routes.ts says which address answers which.
 * Times are ISO 8601, durations seconds, sizes bytes. A `Text` has identifiers between backquotes, which the page sets
 * in its fixed font. Whatever may be missing says why: nothing unknown is shown as 0.
 */
import type { DoraMark } from '../../core/dora.ts';

export type Text = string;

/** A piece that could not be read: what failed, what is still true, what to do. */
export interface Problem {
  /** `tasks`, `logs`, `journal` …: what the page puts it in place of. */
  readonly part: string;
  readonly sentence: Text;
  readonly remedy: Text;
}

/** A piece that loads alone within a larger answer. */
export type Part<Value> =
  | { readonly known: true; readonly value: Value }
  | { readonly known: false; readonly problem: Problem };

/** A deployment's mark: its verdict, or what it does now. */
export type Mark = DoraMark;

/** Code and schema, as the two rails show them. */
export interface Schema {
  readonly state: 'in-step' | 'moving' | 'ahead' | 'ahead-incompatible' | 'unknown' | 'none';
  /** `2 ahead, compatible`; `in step`; `unknown, because …`. */
  readonly text: Text;
  /** The newest migration that the database has; null where that is not known. */
  readonly migration: string | null;
}

export interface ReleaseName {
  /** Seven digits of the commit; where that is not known, the beginning of the digest. */
  readonly name: string;
  readonly commit: string | null;
  readonly subject: string | null;
  /** `backend-production:41`. */
  readonly revision: string | null;
  /** `sha256:…`, whole. */
  readonly digest: string | null;
}

export interface Place {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  /** Whether this is the embedded AWS of this machine. */
  readonly embedded: boolean;
  readonly tags: 'latest' | 'commit';
  /** The freeze that holds now, or the next one within two weeks. */
  readonly freeze: {
    readonly from: string;
    readonly to: string;
    readonly reason: string;
    readonly now: boolean;
  } | null;
}

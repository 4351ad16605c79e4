/** What things are called on the page: releases by their commit, code between backquotes, times of the day by the reader. */
import type { JournalEntry } from '../../core/journal.ts';
import { type Running, shortName } from '../../core/plan.ts';
import type { ReleaseName } from '../model/parts.ts';

export function nameOf(running: Running, subject: string | null = null): ReleaseName {
  const { commit, revision, digest } = running;
  return { name: shortName(running), commit, subject, revision, digest };
}

/** What a deployment releases, as far as it is known by now: the commit before it is built, the revision once it is given. */
export function releaseOf(
  entry: Pick<JournalEntry, 'commit' | 'subject' | 'release' | 'proven' | 'action'>,
  revision: string | null = null,
): ReleaseName | null {
  const commit = entry.commit ?? entry.release?.commit ?? null;
  const digest = entry.release?.digest ?? null;
  const name = commit?.slice(0, 7) || digest?.slice(0, 19);
  if (!name) return null;
  return { name, commit: commit || null, subject: entry.subject || null, revision, digest };
}

/** Subjects of commits by their digest and commit, so that what runs can be told in words. */
export function subjectsOf(
  entries: readonly Pick<JournalEntry, 'commit' | 'subject' | 'release'>[],
): (running: Running) => string | null {
  const known = new Map<string, string>();
  for (const { commit, subject, release } of entries.toReversed()) {
    if (!subject) continue;
    if (commit) known.set(commit, subject);
    if (release) known.set(release.digest, subject);
  }
  return ({ commit, digest }) => known.get(commit ?? '') ?? known.get(digest ?? '') ?? null;
}

export const code = (text: string) => `\`${text}\``;

/** `2026-11-21T…` → `21 Nov`. */
export function dayOf(iso: string): string {
  const date = new Date(iso);
  return `${date.getUTCDate()} ${date.toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' })}`;
}

/** Commits, revisions, paths and settings that a sentence names get backquotes, unless it has some already. */
export function marked(sentence: string): string {
  if (sentence.includes('`')) return sentence;
  return sentence.replace(
    /(?<![\w`])((?=[a-f]*\d)[0-9a-f]{7,40}(?![\w-])|sha256:[0-9a-f]+…?|[a-z][\w-]*:\d+(?![\w.])|\/(?:[\w.-]+\/)*[\w.-]+|[A-Z][A-Z0-9]*_[A-Z0-9_]+|\d{14}_\w+)/g,
    '`$1`',
  );
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

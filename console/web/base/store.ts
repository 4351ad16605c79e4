/**
 * What the server has answered. Every piece is asked for on its own and kept until something says that it has changed;
 * a piece that cannot be read any more keeps its last value beside the problem.
 */
import type { Problem } from '../../model/parts.ts';
import { learn } from './server-time.ts';

export interface Piece<Value> {
  readonly value: Value | null;
  readonly problem: Problem | null;
}

interface Held {
  value: unknown;
  problem: Problem | null;
  asking: boolean;
  /** Asked for again while it was being asked. */
  again: boolean;
}

const held = new Map<string, Held>();
let changed: () => void = () => {};
let touched: () => void = () => {};

/** `tell` may wait for the next frame; what a reader has done is answered at once, by `tellAtOnce`. */
export function whenChanged(tell: () => void, tellAtOnce: () => void): void {
  changed = tell;
  touched = tellAtOnce;
}

/** A reader has changed something that is drawn. */
export const touch = (): void => touched();

/** The piece as it is known now; asks for it the first time. */
export function piece<Value>(path: string): Piece<Value> {
  const known = held.get(path) ?? ask(path);
  return known as Piece<Value>;
}

/** Asks again for everything that is held and that this picks. */
export function refresh(picks: (path: string) => boolean): void {
  for (const path of held.keys()) if (picks(path)) ask(path);
}

/** Asks again for what could not be read: whatever stood in the way may have gone. */
export function refreshFailed(): void {
  refresh((path) => held.get(path)?.problem !== null);
}

/** What arrived by itself. */
export function put(path: string, value: unknown): void {
  held.set(path, { value, problem: null, asking: false, again: false });
  changed();
}

export function change<Value>(path: string, to: (value: Value) => Value): void {
  const known = held.get(path);
  if (known?.value) put(path, to(known.value as Value));
}

/** Pieces of pages that nobody looks at any more are let go. */
export function forget(picks: (path: string) => boolean): void {
  for (const path of [...held.keys()]) if (picks(path)) held.delete(path);
}

function ask(path: string): Held {
  const known = held.get(path) ?? { value: null, problem: null, asking: false, again: false };
  held.set(path, known);
  if (known.asking) {
    known.again = true;
    return known;
  }
  known.asking = true;
  fetch(path)
    .then(async (response) => {
      const body = await response.json();
      if (!response.ok) {
        known.problem = problemOf(body, response.status);
        return;
      }
      if (typeof body.at === 'string') learn(body.at);
      Object.assign(known, { value: body, problem: null });
    })
    .catch((error: Error) => {
      known.problem = {
        part: path,
        sentence: `The console's server does not answer: ${error.message}.`,
        remedy: 'What runs goes on. Start `lockstep console` again if it has ended.',
      };
    })
    .finally(() => {
      known.asking = false;
      changed();
      if (known.again) {
        known.again = false;
        ask(path);
      }
    });
  return known;
}

/** Posts an action; what the server refuses comes out as its problem. */
export async function post<Answer>(
  path: string,
  body: unknown,
): Promise<{ answer: Answer } | { problem: Problem }> {
  const token = document.querySelector<HTMLMetaElement>('meta[name=csrf-token]')?.content ?? '';
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'x-csrf-token': token, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    return response.ok ? { answer } : { problem: problemOf(answer, response.status) };
  } catch (error) {
    const sentence = `The console's server does not answer: ${(error as Error).message}.`;
    return { problem: { part: path, sentence, remedy: 'Nothing was sent. Try it again.' } };
  }
}

function problemOf(body: unknown, status: number): Problem {
  const given = body as Partial<Problem> & { problem?: string };
  return {
    part: given.part ?? '',
    sentence: given.sentence ?? given.problem ?? `The console answered ${status}.`,
    remedy: given.remedy ?? 'What runs goes on; load the page again.',
  };
}

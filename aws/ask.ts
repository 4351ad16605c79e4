/** One GET, as a client of the service would send it. Whatever comes of it is an answer, never an exception. */
import type { Answer } from '../core/observation.ts';

const TIMEOUT_MS = 5_000;
/** Enough to read a status and its reason; a body of megabytes is not kept. */
const BODY_LENGTH = 2_000;

export async function ask(baseUrl: string, path: string, token?: string): Promise<Answer> {
  const began = performance.now();
  const milliseconds = () => performance.now() - began;
  try {
    const answer = await fetch(new URL(path, baseUrl), {
      // A redirect leads to another name, often to a certificate for it: it is judged as it is.
      redirect: 'manual',
      headers: { 'user-agent': 'lockstep', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = (await answer.text()).slice(0, BODY_LENGTH);
    return { path, status: answer.status, body, problem: null, milliseconds: milliseconds() };
  } catch (error) {
    return { path, status: null, body: '', problem: problemOf(error), milliseconds: milliseconds() };
  }
}

/** `fetch failed` says nothing; its cause does. */
function problemOf(error: unknown): string {
  const { name, message, cause } = error as {
    name?: string;
    message?: string;
    cause?: { code?: string; message?: string };
  };
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  return cause?.code ?? cause?.message ?? message ?? String(error);
}

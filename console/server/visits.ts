/** The execution's events as evidence: each visit of a state with its input, output, retries and error, and the raw list. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Events, StepEvidence } from '../model/evidence.ts';

/** Task tokens stay here: whoever holds one can approve. */
const TOKEN = /(\\*")(taskToken|TaskToken)\1\s*:\s*\1[^"\\]*\1/g;

export function withoutTokens(text: string): string {
  return text.replace(TOKEN, '$1$2$1:$1(kept)$1');
}

/** The members of an event that its kind adds, whichever they are. */
function detailsOf(event: HistoryEvent): Readonly<Record<string, unknown>> {
  const found = Object.entries(event).find(
    ([name, value]) => name.endsWith('EventDetails') && value !== undefined,
  );
  return (found?.[1] ?? {}) as Readonly<Record<string, unknown>>;
}

const FAILED = ['TaskFailed', 'TaskTimedOut', 'TaskStartFailed', 'TaskSubmitFailed'];

export function eventsOf(events: readonly HistoryEvent[]): Events {
  const visits: Visit[] = [];
  let open: Visit | undefined;
  const list: Events['events'][number][] = [];
  for (const event of events) {
    const { type = '', timestamp = new Date(0) } = event;
    const at = timestamp.toISOString();
    const details = detailsOf(event);
    if (type.endsWith('StateEntered')) {
      open = new Visit(String(details['name'] ?? ''), at, text(details['input']), type.startsWith('Task'));
      visits.push(open);
    }
    if (FAILED.includes(type))
      open?.failures.push({ at, error: text(details['error']) || type, cause: text(details['cause']) });
    if (type === 'TaskSucceeded') open?.succeed();
    list.push({
      id: event.id ?? 0,
      at,
      type,
      state: open?.state ?? null,
      text: withoutTokens(summaryOf(details)),
    });
    if (type.endsWith('StateExited')) {
      open?.exit(at, text(details['output']));
      open = undefined;
    }
  }
  // Choices and waits only steer: they are in the list of events.
  return { steps: visits.filter(({ isTask }) => isTask).map((visit) => visit.evidence()), events: list };
}

class Visit {
  readonly state: string;
  readonly isTask: boolean;
  readonly failures: { at: string; error: string; cause: string }[] = [];
  private readonly enteredAt: string;
  private readonly input: string;
  private exitedAt: string | null = null;
  private output: string | null = null;
  private succeeded = false;

  constructor(state: string, enteredAt: string, input: string, isTask: boolean) {
    this.state = state;
    this.enteredAt = enteredAt;
    this.input = input;
    this.isTask = isTask;
  }

  succeed(): void {
    this.succeeded = true;
  }

  exit(at: string, output: string): void {
    this.exitedAt = at;
    this.output = output;
  }

  /** The last failure is the state's error, unless an attempt after it went well; those before it were tried again. */
  evidence(): StepEvidence {
    const over = this.exitedAt !== null && !this.succeeded;
    const last = over ? this.failures.at(-1) : undefined;
    return {
      state: this.state,
      enteredAt: this.enteredAt,
      exitedAt: this.exitedAt,
      input: readable(this.input),
      output: this.output === null ? null : readable(this.output),
      retries: last ? this.failures.slice(0, -1) : this.failures,
      error: last ? { error: last.error, cause: withoutTokens(messageOf(last.cause)) } : null,
    };
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A function's error is told as JSON with its trace; a person wants its message. */
function messageOf(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
}

function readable(json: string): string {
  try {
    return withoutTokens(JSON.stringify(JSON.parse(json), null, 2));
  } catch {
    return withoutTokens(json);
  }
}

function summaryOf(details: Readonly<Record<string, unknown>>): string {
  const { error, cause, input, output, name: _, ...rest } = details;
  if (typeof error === 'string')
    return [error, messageOf(text(cause)).split('\n')[0]].filter(Boolean).join(': ');
  const shown = output ?? input ?? (Object.keys(rest).length > 0 ? JSON.stringify(rest) : '');
  return text(shown).slice(0, 300);
}

// `-- lockstep:allow RULE reason="…" until=2026-12-31`: on a line of its own before a statement, or behind it.
import type { Comment } from './lex.ts';
import type { Source } from './source.ts';

export type Allowance = {
  rule: string;
  reason: string | undefined;
  /** The last day on which it counts, as written. */
  until: string | undefined;
  /** What cannot be read of it. */
  problem: string | undefined;
  start: number;
  end: number;
  line: number;
  column: number;
};

export function allowances(comments: Comment[], source: Source): Allowance[] {
  return comments.flatMap((comment) => {
    const match = /^lockstep:allow\b\s*(.*)$/s.exec(comment.text);
    return match
      ? [
          {
            ...read(match[1] ?? ''),
            start: comment.start,
            end: comment.end,
            ...source.position(comment.start),
          },
        ]
      : [];
  });
}

function read(text: string): Omit<Allowance, 'start' | 'end' | 'line' | 'column'> {
  const rule = /^[\w-]+/.exec(text)?.[0] ?? '';
  let rest = text.slice(rule.length);
  const reason = /\breason\s*=\s*"([^"]*)"/.exec(rest);
  const until = /\buntil\s*=\s*"?([^\s"]+)"?/.exec(rest.replace(reason?.[0] ?? '', ''));
  for (const part of [reason?.[0], until?.[0]]) if (part) rest = rest.replace(part, '');
  let problem: string | undefined;
  if (!rule) problem = 'names no rule';
  else if (!reason?.[1]?.trim()) problem = 'gives no reason="…"';
  else if (until?.[1] && !isDay(until[1]))
    problem = `has until=${until[1]}, which is no day such as 2026-12-31`;
  else if (rest.trim())
    problem = `holds "${rest.trim().slice(0, 40)}", which is neither reason="…" nor until=YYYY-MM-DD`;
  return { rule, reason: reason?.[1]?.trim() || undefined, until: until?.[1], problem };
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** The list as a table for a spreadsheet. */
import type { History } from '../../model/history.ts';

const HEADS = [
  'id',
  'service',
  'environment',
  'verdict',
  'startedAt',
  'endedAt',
  'seconds',
  'commit',
  'subject',
  'by',
];

export function csv({ rows }: History): string {
  const lines = rows.map(({ id, service, environment, mark, startedAt, endedAt, seconds, release, by }) =>
    [
      id,
      service,
      environment,
      mark,
      startedAt,
      endedAt ?? '',
      seconds,
      release?.commit ?? '',
      release?.subject ?? '',
      by,
    ]
      .map(cell)
      .join(','),
  );
  return [HEADS.join(','), ...lines].join('\n');
}

/** What begins like a formula would be run by the spreadsheet that opens it. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The bytes that a `Range` header asks for. */
import { AwsError } from '../../service.ts';

/** Undefined for the whole object: no header, or one of a form that S3 does not take (several ranges). */
export function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | undefined {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!parts || (parts[1] === '' && parts[2] === '')) return undefined;
  const [, first = '', last = ''] = parts;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size || end < start) {
    throw new AwsError(
      'InvalidRange',
      'The requested range is not satisfiable',
      { ActualObjectSize: size, RangeRequested: header },
      416,
    );
  }
  return { start, end };
}

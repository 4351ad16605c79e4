/** What the operations on objects share: refused members, kept headers, entity tags. */
import { unsupported } from '../../service.ts';
import type { ObjectHeaders, Version } from './model.ts';

/** Members that would change what S3 does and that are not done here. */
const REFUSED = [
  'Tagging',
  'WebsiteRedirectLocation',
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'ObjectLockMode',
  'ObjectLockRetainUntilDate',
  'ObjectLockLegalHoldStatus',
  'GrantFullControl',
  'GrantRead',
  'GrantReadACP',
  'GrantWriteACP',
  'WriteOffsetBytes',
  'PartNumber',
  'CopySourceSSECustomerAlgorithm',
  'MFA',
] as const;

export function refuse(operation: string, input: object): void {
  for (const field of REFUSED) {
    if ((input as Record<string, unknown>)[field] !== undefined) throw unsupported(operation, field);
  }
}

export function headersOf(input: ObjectHeaders): ObjectHeaders {
  const encoding = (input.ContentEncoding ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
    .join(',');
  return {
    ContentType: input.ContentType ?? 'binary/octet-stream',
    ...(encoding && { ContentEncoding: encoding }),
    ...(input.ContentDisposition !== undefined && { ContentDisposition: input.ContentDisposition }),
    ...(input.ContentLanguage !== undefined && { ContentLanguage: input.ContentLanguage }),
    ...(input.CacheControl !== undefined && { CacheControl: input.CacheControl }),
  };
}

/** Objects of a bucket that keeps no versions say nothing of one. */
export const versionOf = (version: Version) =>
  version.versionId === 'null' ? {} : { VersionId: version.versionId };

export function matchesTag(wanted: string, etag: string): boolean {
  return wanted.split(',').some((one) => one.trim() === '*' || unquoted(one) === unquoted(etag));
}

const unquoted = (tag: string) => tag.trim().replace(/^"|"$/g, '');

/**
 * Reads out of a request which service it is for, which protocol it speaks and whose key signed it. Signatures are
 * not verified: the port is on the loopback interface, and any key that was not issued here is the account's own.
 */
import type { IncomingMessage } from 'node:http';
import type { Protocol, ServiceModel } from './model.ts';

export interface Signed {
  readonly accessKeyId: string;
  readonly region: string | undefined;
  readonly signingName: string;
  readonly sessionToken: string | undefined;
}

/** The SigV4 (or SigV4a) credential scope, from the header or from a presigned URL. */
export function signedBy(
  headers: Readonly<Record<string, string>>,
  query: URLSearchParams,
): Signed | undefined {
  const authorization = headers['authorization'] ?? '';
  const credential =
    /^AWS4-\S+\s.*?Credential=([^,\s]+)/.exec(authorization)?.[1] ?? query.get('X-Amz-Credential');
  if (!credential) return signedByVersion2(query);
  // A key may hold slashes, so the scope is read from its end. SigV4a has no region.
  const parts = credential.split('/');
  const withRegion = !authorization.startsWith('AWS4-ECDSA');
  const [signingName, region] = [parts.at(-2), withRegion ? parts.at(-3) : undefined];
  const accessKeyId = parts.slice(0, withRegion ? -4 : -3).join('/');
  if (!signingName || !accessKeyId) return undefined;
  return {
    accessKeyId,
    region,
    signingName,
    sessionToken: headers['x-amz-security-token'] ?? query.get('X-Amz-Security-Token') ?? undefined,
  };
}

/** The signature of version 2 in an S3 URL, which version 1 of the AWS CLI still makes. */
function signedByVersion2(query: URLSearchParams): Signed | undefined {
  const accessKeyId = query.get('AWSAccessKeyId');
  if (!accessKeyId || !query.has('Signature')) return undefined;
  const sessionToken = query.get('x-amz-security-token') ?? undefined;
  return { accessKeyId, region: undefined, signingName: 's3', sessionToken };
}

/** Whether a presigned URL is older than it says it may become. */
export function isExpired(query: URLSearchParams, now: number): boolean {
  if (query.has('AWSAccessKeyId') && query.has('Expires')) return now > Number(query.get('Expires')) * 1000;
  const stamp = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  if (!stamp || !query.has('X-Amz-Expires')) return false;
  const [, year, month, day, hour, minute, second] = stamp.map(Number);
  const signed = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  return now > signed + Number(query.get('X-Amz-Expires')) * 1000;
}

/** How the request is written, which need not be how the SDK of the service writes it. */
export function protocolOf(
  headers: Readonly<Record<string, string>>,
  model: ServiceModel | undefined,
): Protocol {
  const type = headers['content-type'] ?? '';
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return 'rpcv2Cbor';
  if (type.startsWith('application/x-amz-json-1.0')) return 'awsJson1_0';
  if (type.startsWith('application/x-amz-json-1.1') || headers['x-amz-target']) return 'awsJson1_1';
  const native = model?.protocol ?? 'awsQuery';
  if (native === 'restJson1' || native === 'restXml') return native;
  return type.startsWith('application/x-www-form-urlencoded') ? 'awsQuery' : native;
}

/** The operation's name for the protocols that say it; REST is routed by its URI instead. */
export function operationName(
  protocol: Protocol,
  headers: Readonly<Record<string, string>>,
  path: string,
  form: () => URLSearchParams,
): string | undefined {
  switch (protocol) {
    case 'awsJson1_0':
    case 'awsJson1_1':
      return headers['x-amz-target']?.split('.').at(-1);
    case 'rpcv2Cbor':
      return /\/operation\/([A-Za-z0-9]+)\/?$/.exec(path)?.[1];
    case 'awsQuery':
      return form().get('Action') ?? undefined;
    default:
      return undefined;
  }
}

/**
 * S3's bucket: the first label of a virtual-host name (`bucket.localhost:4566`, `bucket.s3.…`), else the first
 * segment of the path. Returns the path that is left.
 */
export function bucketOf(host: string, path: string): { bucket: string | undefined; path: string } {
  const name = host.replace(/:\d+$/, '');
  const virtual = /^(.+?)\.(?:s3[.-].*|localhost)$/.exec(name)?.[1];
  if (virtual && virtual !== 's3') return { bucket: virtual, path };
  const [, first = '', ...rest] = path.split('/');
  if (first === '') return { bucket: undefined, path: '/' };
  return { bucket: decodeURIComponent(first), path: `/${rest.join('/')}` };
}

export function plainHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/**
 * Whether a browser sends this for a page of another origin. Nothing on this port is meant for such pages, and a
 * page that rebinds its own name to 127.0.0.1 would send that name as host.
 */
export function isForeignPage(headers: Readonly<Record<string, string>>): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  const origin = headers['origin'];
  if (origin !== undefined && origin !== `http://${headers['host']}`) return true;
  const host = (headers['host'] ?? '').replace(/:\d+$/, '');
  return !(
    /^[\d.]+$/.test(host) ||
    host.startsWith('[') ||
    !host.includes('.') ||
    /\.(localhost|internal|amazonaws\.com)$/.test(host)
  );
}

/** AssumeRoleWithWebIdentity: a token of an OpenID Connect provider for a session of a role. Asked for without a signature. */
import { type KeyObject, verify } from 'node:crypto';
import type { AssumeRoleWithWebIdentityCommandInput } from '@aws-sdk/client-sts';
import type { OpenIdProvider } from '../../ports.ts';
import { AwsError, type World } from '../../service.ts';
import { requireSession, sessionOf } from './session.ts';

/** What a token is signed with. STS takes more; GitHub, GitLab and Buildkite sign with RS256. */
const ALGORITHMS: Readonly<Record<string, (data: Buffer, key: KeyObject, signature: Buffer) => boolean>> = {
  RS256: (data, key, signature) => verify('RSA-SHA256', data, key, signature),
  ES256: (data, key, signature) => verify('SHA256', data, { key, dsaEncoding: 'ieee-p1363' }, signature),
};

interface Token {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

export function assumeRoleWithWebIdentity(world: World, input: AssumeRoleWithWebIdentityCommandInput) {
  const { federation } = world.ports;
  const arn = input.RoleArn ?? '';
  const { session, seconds } = requireSession(input);
  const token = parseToken(input.WebIdentityToken ?? '');
  const issuer = String(token.claims['iss'] ?? '');
  const provider = federation.provider(issuer);
  if (!provider) throw refused(`No OpenIDConnect provider found in your account for ${issuer}`);
  checkSignature(token, federation.keyOf(provider, token.keyId));
  const audiences = textsOf(token.claims['aud']);
  if (!audiences.some((audience) => provider.audiences.includes(audience)))
    throw refused('Incorrect token audience');
  checkTime(token, Math.floor(world.clock.now() / 1000));
  const subject = String(token.claims['sub'] ?? '');
  if (!federation.trustsIdentity(arn, provider, { aud: audiences, sub: [subject] })) {
    throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', {}, 403);
  }
  return { ...sessionOf(world, arn, session, seconds), ...whoOf(provider, subject, audiences) };
}

function whoOf(provider: OpenIdProvider, subject: string, audiences: readonly string[]) {
  return { SubjectFromWebIdentityToken: subject, Provider: provider.arn, Audience: audiences[0] };
}

function parseToken(text: string): Token {
  const parts = text.split('.');
  const [head = '', body = '', signature = ''] = parts;
  try {
    if (parts.length !== 3) throw new Error('a JWT has three parts');
    const { alg, kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as {
      alg: string;
      kid?: string;
    };
    return {
      algorithm: alg,
      keyId: kid,
      claims: JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>,
      signed: Buffer.from(`${head}.${body}`),
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    throw refused(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }
}

function checkSignature({ algorithm, signed, signature }: Token, key: KeyObject | undefined): void {
  if (!key) {
    throw refused(
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  }
  const check = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  if (!check?.(signed, key, signature)) throw refused('The ID Token signature is not valid');
}

function checkTime({ claims }: Token, now: number): void {
  const expires = Number(claims['exp']);
  if (!(now < expires)) {
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${now} must be before the expiration date/time ${expires}`,
    );
  }
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : [String(value ?? '')];

const refused = (message: string) => new AwsError('InvalidIdentityToken', message);

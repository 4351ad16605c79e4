/** A throw-away issuer of OpenID Connect tokens, as a CI is one: its key lies where the embedded AWS looks for it. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const GITHUB = 'https://token.actions.githubusercontent.com';
const KEY_ID = 'throw-away';

export interface Issuer {
  /** A token with these claims, `iss`, `iat` and `exp` filled in; `key` signs it instead of the issuer's own. */
  token(claims: Readonly<Record<string, unknown>>, key?: KeyObject): string;
}

/** `folder` is that of the world. */
export function openIssuer(folder: string, url = GITHUB): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' }];
  mkdirSync(join(folder, 'openid'), { recursive: true });
  writeFileSync(join(folder, 'openid', `${url.replace('https://', '')}.json`), JSON.stringify({ keys }));
  return {
    token(claims, key = privateKey) {
      const now = Math.floor(Date.now() / 1000);
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const head = part({ alg: 'RS256', typ: 'JWT', kid: KEY_ID });
      const signed = `${head}.${part({ iss: url, iat: now, exp: now + 300, ...claims })}`;
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
    },
  };
}

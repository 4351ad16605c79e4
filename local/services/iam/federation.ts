/**
 * OpenID Connect providers of the account, and whether a role trusts what one of them says. Real STS fetches a provider's
 * keys from its issuer; here nothing is fetched: they are read from a file of the world's folder.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { holds } from '../../iam/conditions.ts';
import { matches } from '../../iam/wildcard.ts';
import type { FederationPort, OpenIdProvider } from '../../ports.ts';
import { AwsError, type Provisioner } from '../../service.ts';
import type { Iam } from './model.ts';

/** Where keys lie: `openid/token.actions.githubusercontent.com.json`, a JSON Web Key Set. */
export const KEYS_FOLDER = 'openid';

const ACTION = 'sts:AssumeRoleWithWebIdentity';

interface StoredProvider extends OpenIdProvider {
  /** Stack and logical id that made it: the next start makes it anew, another stack may not. */
  readonly owner: string;
}

export function federation(iam: Iam): {
  readonly port: FederationPort;
  readonly provisioners: Readonly<Record<string, Provisioner>>;
} {
  const { world } = iam;
  const providers = world.store('iam').collection<StoredProvider>('openid-providers');
  return {
    port: {
      provider: (issuer) => providers.get(hostOf(issuer)),
      keyOf: ({ host }, id) =>
        keyIn(join(world.folder, KEYS_FOLDER, `${host.replaceAll('/', '_')}.json`), id),
      trustsIdentity(roleArn, provider, claims) {
        const name = roleArn.split('/').at(-1) ?? roleArn;
        if (iam.roles.get(name)?.arn !== roleArn) return false;
        const meant = iam
          .trustOf(name)
          .filter(
            ({ actions, principals, conditions }) =>
              actions.some((action) => matches(action.toLowerCase(), ACTION.toLowerCase())) &&
              principals.some(({ type, names }) => type === 'Federated' && names.includes(provider.arn)) &&
              conditions.every(({ operator, key, values }) =>
                holds(operator, claimAt(key, provider, claims), values),
              ),
          );
        return meant.length > 0 && meant.every(({ effect }) => effect === 'Allow');
      },
    },
    provisioners: {
      'AWS::IAM::OIDCProvider': {
        honours: ['Url', 'ClientIdList', 'ThumbprintList'],
        ignores: { Tags: 'Tags of providers are in no condition that is evaluated here.' },
        provision(properties, place) {
          const host = hostOf(String(properties['Url']));
          const owner = `${place.stack}/${place.logicalId}`;
          const there = providers.get(host);
          if (there && there.owner !== owner) {
            throw new AwsError(
              'EntityAlreadyExists',
              `Provider with url https://${host} already exists.`,
              {},
              409,
            );
          }
          const arn = `arn:aws:iam::${world.account}:oidc-provider/${host}`;
          const audiences = [...((properties['ClientIdList'] as string[] | undefined) ?? [])];
          providers.set(host, { arn, host, audiences, owner });
          return { ref: arn, attributes: { Arn: arn } };
        },
        remove: (previous) => void providers.delete(previous.ref.split('oidc-provider/')[1] ?? ''),
      },
    },
  };
}

const hostOf = (url: string) => url.replace(/^https:\/\//, '').replace(/\/$/, '');

/** Condition keys are named after the provider: `token.actions.githubusercontent.com:sub`. */
function claimAt(
  key: string,
  { host }: OpenIdProvider,
  claims: Readonly<Record<string, readonly string[]>>,
): readonly string[] | undefined {
  const prefix = `${host}:`.toLowerCase();
  return key.toLowerCase().startsWith(prefix) ? claims[key.slice(prefix.length).toLowerCase()] : undefined;
}

/** Undefined where there is no such file or key: STS then says that it could not retrieve it. */
function keyIn(file: string, id: string | undefined): KeyObject | undefined {
  try {
    const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys: (JsonWebKey & { kid?: string })[] };
    const found = keys.find(({ kid }) => kid === id);
    return found && createPublicKey({ key: found, format: 'jwk' });
  } catch {
    return undefined;
  }
}

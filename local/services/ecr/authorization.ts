/**
 * The password of `docker login`: it carries who asked for it and until when it holds, signed, so that the registry
 * knows the principal on every path, also after a restart.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { GetAuthorizationTokenCommandInput } from '@aws-sdk/client-ecr';
import { operation } from '../../operation.ts';
import type { Operation, Principal } from '../../service.ts';
import type { Registry } from './model.ts';

const LIFETIME_MS = 12 * 60 * 60 * 1000;

export class Tokens {
  private readonly registry: Registry;
  readonly secret: string;

  constructor(registry: Registry) {
    this.registry = registry;
    const settings = registry.world.store('ecr').collection<string>('settings');
    this.secret = settings.get('tokenSecret') ?? randomBytes(32).toString('hex');
    settings.set('tokenSecret', this.secret);
  }

  issue(principal: Principal): { password: string; expiresAt: number } {
    const expiresAt = this.registry.world.clock.now() + LIFETIME_MS;
    const payload = Buffer.from(JSON.stringify({ principal, expiresAt })).toString('base64url');
    return { password: `${payload}.${this.sign(payload)}`, expiresAt };
  }

  /** Who is behind an `Authorization: Basic` header; undefined where nobody is, any more. */
  principalOf(header: string | undefined): Principal | undefined {
    const [, encoded] = /^Basic (.+)$/i.exec(header ?? '') ?? [];
    const [user, ...rest] = Buffer.from(encoded ?? '', 'base64')
      .toString()
      .split(':');
    const [payload = '', signature = ''] = rest.join(':').split('.');
    const right = Buffer.from(this.sign(payload));
    const given = Buffer.from(signature);
    if (user !== 'AWS' || given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const token = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      principal: Principal;
      expiresAt: number;
    };
    return token.expiresAt > this.registry.world.clock.now() ? token.principal : undefined;
  }

  private sign(payload: string): string {
    return createHmac('sha256', this.secret).update(payload).digest('base64url');
  }
}

export function authorizationOperations(registry: Registry, tokens: Tokens): Record<string, Operation> {
  return {
    GetAuthorizationToken: operation<GetAuthorizationTokenCommandInput, object>(
      'GetAuthorizationToken',
      ['registryIds'],
      {
        permissions: () => [{ action: 'ecr:GetAuthorizationToken', resource: '*' }],
        run(_input, { principal }) {
          const { password, expiresAt } = tokens.issue(principal);
          const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64');
          // Docker speaks plain HTTP to a registry on 127.0.0.1.
          const proxyEndpoint = registry.world.endpoint;
          return {
            authorizationData: [{ authorizationToken, expiresAt: new Date(expiresAt), proxyEndpoint }],
          };
        },
      },
    ),
  };
}

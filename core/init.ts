/** An environment file made from an ECS service as it is: what cannot be seen keeps its default, and is not written. */
import type { Environment } from './environment.ts';

/** What there is to see. */
export interface Adopted {
  readonly region: string;
  readonly service: string;
  readonly cluster: string;
  readonly ecsService: string;
  readonly container: string;
  readonly port: number;
  readonly cpu: number;
  readonly memory: number;
  readonly repository: string | null;
  readonly logGroup: string | null;
  readonly scaling: { readonly least: number; readonly most: number } | null;
  readonly desired: number;
  readonly roles: readonly string[];
  readonly healthPath: string | null;
  /** Secrets Manager's name or ARN of what DATABASE_URL is read from. */
  readonly databaseSecret: string | null;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
}

type Writable = Record<string, unknown>;

/** As JSON, in the order of the reference. `strategy` is what the guide has for the environment. */
export function environmentFor(
  adopted: Adopted,
  strategy: Environment['deployment']['imageTagStrategy'],
): Writable {
  const { service, scaling } = adopted;
  return {
    deployment: {
      imageTagStrategy: strategy,
      autoScale: scaling !== null,
      minTasks: scaling?.least ?? Math.max(1, adopted.desired),
      maxTasks: scaling?.most ?? Math.max(2, adopted.desired),
    },
    resources: { cpu: adopted.cpu, memory: adopted.memory },
    aws: { region: adopted.region },
    services: {
      [service]: {
        cluster: adopted.cluster,
        ...(adopted.ecsService !== service && { ecsService: adopted.ecsService }),
        ...(adopted.container !== service && { container: adopted.container }),
        port: adopted.port,
        ...(adopted.repository !== null &&
          adopted.repository !== service && { repository: adopted.repository }),
        ...(adopted.roles.length > 0 && { roles: [...adopted.roles] }),
        ...(adopted.logGroup !== null && { logGroup: adopted.logGroup }),
        ...(adopted.healthPath !== null && { health: { path: adopted.healthPath } }),
        ...(adopted.databaseSecret !== null && {
          database: {
            secret: adopted.databaseSecret,
            ...(adopted.subnets.length > 0 && { subnets: [...adopted.subnets] }),
            ...(adopted.securityGroups.length > 0 && { securityGroups: [...adopted.securityGroups] }),
          },
        }),
      },
    },
  };
}

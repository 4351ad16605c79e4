/** Every service of the embedded AWS, in the order in which they are made. */
import type { Ports } from './ports.ts';
import type { Service, World } from './service.ts';

export interface ServiceModule {
  create(world: World): { service: Service; ports?: Partial<Ports> };
}

/** Signing names; each is a folder below services/. */
export const SERVICES = [
  'iam',
  'sts',
  'logs',
  'monitoring',
  'events',
  'secretsmanager',
  'sns',
  'dynamodb',
  's3',
  'lambda',
  'states',
  'ecr',
  'elasticloadbalancing',
  'ecs',
  'application-autoscaling',
  'codebuild',
  'rds',
  'scheduler',
] as const;

export async function serviceModules(names: readonly string[] = SERVICES): Promise<ServiceModule[]> {
  const modules: ServiceModule[] = [];
  for (const name of names) {
    try {
      modules.push((await import(`./services/${name}/service.ts`)) as ServiceModule);
    } catch (error) {
      // While the services are being written, a folder that is not there yet is no error.
      const { code, message } = error as NodeJS.ErrnoException;
      const absent =
        code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || /Cannot find module/.test(message);
      if (!absent || !message.includes(`services/${name}/service.ts`)) throw error;
    }
  }
  return modules;
}

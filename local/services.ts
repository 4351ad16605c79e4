/** Every service of the embedded AWS, in the order in which they are made, started and ended. */
import type { Ports } from './ports.ts';
import type { Service, World } from './service.ts';

export interface ServiceModule {
  create(world: World): { service: Service; ports?: Partial<Ports> };
}

/** By signing name, which is also the folder's. Loaded when it is wanted: a test needs a few, and each brings a client. */
const MODULES: Readonly<Record<string, () => Promise<ServiceModule>>> = {
  iam: () => import('./services/iam/service.ts'),
  sts: () => import('./services/sts/service.ts'),
  logs: () => import('./services/logs/service.ts'),
  monitoring: () => import('./services/monitoring/service.ts'),
  events: () => import('./services/events/service.ts'),
  secretsmanager: () => import('./services/secretsmanager/service.ts'),
  sns: () => import('./services/sns/service.ts'),
  dynamodb: () => import('./services/dynamodb/service.ts'),
  s3: () => import('./services/s3/service.ts'),
  lambda: () => import('./services/lambda/service.ts'),
  states: () => import('./services/states/service.ts'),
  ecr: () => import('./services/ecr/service.ts'),
  elasticloadbalancing: () => import('./services/elasticloadbalancing/service.ts'),
  ecs: () => import('./services/ecs/service.ts'),
  'application-autoscaling': () => import('./services/application-autoscaling/service.ts'),
  codebuild: () => import('./services/codebuild/service.ts'),
  rds: () => import('./services/rds/service.ts'),
  scheduler: () => import('./services/scheduler/service.ts'),
};

export function serviceModules(names: readonly string[] = Object.keys(MODULES)): Promise<ServiceModule[]> {
  return Promise.all(
    names.map((name) => {
      const load = MODULES[name];
      if (!load)
        throw new Error(`There is no service ${name}; there are ${Object.keys(MODULES).join(', ')}.`);
      return load();
    }),
  );
}

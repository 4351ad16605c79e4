/** Operations on lifecycle policies. */
import type {
  DeleteLifecyclePolicyCommandInput,
  GetLifecyclePolicyCommandInput,
  PutLifecyclePolicyCommandInput,
} from '@aws-sdk/client-ecr';
import { operation } from '../../operation.ts';
import { AwsError, type Operation } from '../../service.ts';
import { checkLifecyclePolicy } from './lifecycle.ts';
import type { Registry, Repository } from './model.ts';

export function lifecycleOperations(registry: Registry): Record<string, Operation> {
  const { world } = registry;
  const on = (action: string) => (input: { repositoryName?: string | undefined }) => [
    { action: `ecr:${action}`, resource: registry.arn(input.repositoryName ?? '') },
  ];
  const common = (repository: Repository) => ({ registryId: world.account, repositoryName: repository.name });

  return {
    PutLifecyclePolicy: operation<PutLifecyclePolicyCommandInput, object>(
      'PutLifecyclePolicy',
      ['repositoryName', 'lifecyclePolicyText', 'registryId'],
      {
        permissions: on('PutLifecyclePolicy'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          const text = input.lifecyclePolicyText ?? '';
          checkLifecyclePolicy(text);
          repository.lifecyclePolicy = { text, evaluatedAt: world.clock.now() };
          registry.save(repository);
          return { ...common(repository), lifecyclePolicyText: text };
        },
      },
    ),

    GetLifecyclePolicy: operation<GetLifecyclePolicyCommandInput, object>(
      'GetLifecyclePolicy',
      ['repositoryName', 'registryId'],
      {
        permissions: on('GetLifecyclePolicy'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          return { ...common(repository), ...showPolicy(registry, repository) };
        },
      },
    ),

    DeleteLifecyclePolicy: operation<DeleteLifecyclePolicyCommandInput, object>(
      'DeleteLifecyclePolicy',
      ['repositoryName', 'registryId'],
      {
        permissions: on('DeleteLifecyclePolicy'),
        run(input) {
          const repository = registry.get(input.repositoryName ?? '');
          const shown = showPolicy(registry, repository);
          delete repository.lifecyclePolicy;
          registry.save(repository);
          return { ...common(repository), ...shown };
        },
      },
    ),
  };
}

function showPolicy({ world }: Registry, repository: Repository) {
  const policy = repository.lifecyclePolicy;
  if (!policy) {
    throw new AwsError(
      'LifecyclePolicyNotFoundException',
      `Lifecycle policy does not exist for the repository with name '${repository.name}' in the registry with id '${world.account}'`,
    );
  }
  return { lifecyclePolicyText: policy.text, lastEvaluatedAt: new Date(policy.evaluatedAt) };
}

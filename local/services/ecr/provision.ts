/** AWS::ECR::Repository. */
import { physicalName } from '../../provision/names.ts';
import type { Provisioner } from '../../service.ts';
import { checkLifecyclePolicy } from './lifecycle.ts';
import type { Mutability, Registry } from './model.ts';
import { checkMutability } from './repositories.ts';

interface Properties {
  readonly RepositoryName?: string;
  readonly ImageTagMutability?: Mutability;
  readonly ImageTagMutabilityExclusionFilters?: readonly {
    readonly ImageTagMutabilityExclusionFilterValue: string;
  }[];
  readonly ImageScanningConfiguration?: { readonly ScanOnPush?: boolean | string };
  readonly LifecyclePolicy?: { readonly LifecyclePolicyText?: string };
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

export function ecrProvisioners(registry: Registry): Record<string, Provisioner> {
  return {
    'AWS::ECR::Repository': {
      honours: [
        'RepositoryName',
        'ImageTagMutability',
        'ImageTagMutabilityExclusionFilters',
        'ImageScanningConfiguration',
        'LifecyclePolicy',
        'Tags',
      ],
      ignores: {
        EncryptionConfiguration: 'Layers lie unencrypted in the folder of the embedded AWS.',
        RepositoryPolicyText: 'There is one account; what a role may do is decided by its own policies.',
        EmptyOnDelete: '`lockstep local reset` deletes everything.',
      },
      provision(given, place) {
        const properties = given as Properties;
        const name = properties.RepositoryName ?? physicalName(place, 256).toLowerCase();
        const exclusions = (properties.ImageTagMutabilityExclusionFilters ?? []).map(
          (filter) => filter.ImageTagMutabilityExclusionFilterValue,
        );
        checkMutability(
          properties.ImageTagMutability,
          exclusions.map((filter) => ({ filter })),
        );
        const repository = registry.find(name) ?? registry.create(name);
        repository.mutability = properties.ImageTagMutability ?? 'MUTABLE';
        repository.exclusions = exclusions;
        repository.scanOnPush = String(properties.ImageScanningConfiguration?.ScanOnPush ?? false) === 'true';
        repository.tags = Object.fromEntries((properties.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
        const text = properties.LifecyclePolicy?.LifecyclePolicyText;
        if (text === undefined) delete repository.lifecyclePolicy;
        else {
          checkLifecyclePolicy(text);
          repository.lifecyclePolicy = { text, evaluatedAt: registry.world.clock.now() };
        }
        registry.save(repository);
        return {
          ref: name,
          attributes: { Arn: registry.arn(name), RepositoryUri: registry.uri(name) },
        };
      },
    },
  };
}

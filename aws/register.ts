/** A revision that exists, made usable again: ECS gives an INACTIVE one to no service. */
import type { ECSClient, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { LockstepError } from '../core/errors.ts';
import { copyOf } from '../core/task-definition.ts';
import { describeTaskDefinition, registerTaskDefinition } from './ecs.ts';

/** The revision itself where it is ACTIVE, else the ARN of a copy of it. */
export async function registerCopy(ecs: ECSClient, taskDefinition: string): Promise<string> {
  const found = await describeTaskDefinition(ecs, taskDefinition);
  if (!found) {
    throw new LockstepError('RollbackTargetMissing', {
      target: taskDefinition,
      detail: ': ECS no longer has this revision',
    });
  }
  if (found.definition.status !== 'INACTIVE') return taskDefinition;
  return registerTaskDefinition(
    ecs,
    copyOf(found.definition) as RegisterTaskDefinitionCommandInput,
    found.tags,
  );
}

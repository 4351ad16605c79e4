/** Tags of state machines. */
import type { ListTagsForResourceInput, TagResourceInput, UntagResourceInput } from '@aws-sdk/client-sfn';
import { operation } from '../../operation.ts';
import { AwsError, type Operation } from '../../service.ts';
import { checkArn, type MachineRecord, type State } from './model.ts';

export function tagOperations(state: State): Record<string, Operation> {
  const { machines } = state;
  return {
    TagResource: operation<TagResourceInput, object>('TagResource', ['resourceArn', 'tags'], {
      permissions: ({ resourceArn = '*' }) => [{ action: 'states:TagResource', resource: resourceArn }],
      run({ resourceArn = '', tags = [] }) {
        const machine = tagged(state, resourceArn);
        for (const { key = '', value = '' } of tags) machine.tags[key] = value;
        machines.set(machine.arn, machine);
        return {};
      },
    }),

    UntagResource: operation<UntagResourceInput, object>('UntagResource', ['resourceArn', 'tagKeys'], {
      permissions: ({ resourceArn = '*' }) => [{ action: 'states:UntagResource', resource: resourceArn }],
      run({ resourceArn = '', tagKeys = [] }) {
        const machine = tagged(state, resourceArn);
        for (const key of tagKeys) delete machine.tags[key];
        machines.set(machine.arn, machine);
        return {};
      },
    }),

    ListTagsForResource: operation<ListTagsForResourceInput, object>('ListTagsForResource', ['resourceArn'], {
      permissions: ({ resourceArn = '*' }) => [
        { action: 'states:ListTagsForResource', resource: resourceArn },
      ],
      run({ resourceArn = '' }) {
        const { tags } = tagged(state, resourceArn);
        return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
      },
    }),
  } as unknown as Record<string, Operation>;
}

function tagged(state: State, arn: string): MachineRecord {
  checkArn(arn);
  const machine = state.machines.get(arn);
  if (!machine) throw new AwsError('ResourceNotFound', `Resource not found: '${arn}'`, { resourceName: arn });
  return machine;
}

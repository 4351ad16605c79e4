/** The operations on schedule groups, and their tags. */
import type {
  CreateScheduleGroupCommandInput,
  DeleteScheduleGroupCommandInput,
  GetScheduleGroupCommandInput,
  ListScheduleGroupsCommandInput,
  ListTagsForResourceCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-scheduler';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type Permission, type World } from '../../service.ts';
import { type Group, groupArn, validation } from './model.ts';
import { invalidToken } from './operations.ts';
import type { Schedules } from './schedules.ts';

export function groupOperations(world: World, schedules: Schedules): Record<string, Operation> {
  const on =
    (action: string) =>
    (input: { Name?: string | undefined }): Permission[] => [
      { action: `scheduler:${action}`, resource: groupArn(world, input.Name ?? '') },
    ];
  const onArn =
    (action: string) =>
    (input: { ResourceArn?: string | undefined }): Permission[] => [
      { action: `scheduler:${action}`, resource: input.ResourceArn ?? '' },
    ];
  const describe = (group: Group) => ({
    Arn: groupArn(world, group.name),
    Name: group.name,
    State: 'ACTIVE',
    CreationDate: new Date(group.created),
    LastModificationDate: new Date(group.modified),
  });
  const groupOf = (arn: string | undefined) => schedules.group((arn ?? '').split('/').at(-1) ?? '');

  return {
    CreateScheduleGroup: operation<CreateScheduleGroupCommandInput, object>(
      'CreateScheduleGroup',
      ['Name', 'Tags', 'ClientToken'],
      {
        permissions: on('CreateScheduleGroup'),
        run(input) {
          const name = input.Name ?? '';
          if (schedules.hasGroup(name)) {
            throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, {}, 409);
          }
          const tags = Object.fromEntries(
            (input.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']),
          );
          schedules.createGroup(name, tags);
          return { ScheduleGroupArn: groupArn(world, name) };
        },
      },
    ),

    GetScheduleGroup: operation<GetScheduleGroupCommandInput, object>('GetScheduleGroup', ['Name'], {
      permissions: on('GetScheduleGroup'),
      run: (input) => describe(schedules.group(input.Name ?? '')),
    }),

    ListScheduleGroups: operation<ListScheduleGroupsCommandInput, object>(
      'ListScheduleGroups',
      ['NamePrefix', 'NextToken', 'MaxResults'],
      {
        permissions: () => [{ action: 'scheduler:ListScheduleGroups', resource: '*' }],
        run(input) {
          const found = schedules
            .allGroups()
            .filter((group) => group.name.startsWith(input.NamePrefix ?? ''));
          const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 100, invalidToken);
          return { ScheduleGroups: items.map(describe), NextToken: nextToken };
        },
      },
    ),

    DeleteScheduleGroup: operation<DeleteScheduleGroupCommandInput, object>(
      'DeleteScheduleGroup',
      ['Name', 'ClientToken'],
      {
        permissions: on('DeleteScheduleGroup'),
        run(input) {
          const { name } = schedules.group(input.Name ?? '');
          if (name === 'default') throw validation('The default schedule group cannot be deleted.');
          schedules.deleteGroup(name);
          return {};
        },
      },
    ),

    TagResource: operation<TagResourceCommandInput, object>('TagResource', ['ResourceArn', 'Tags'], {
      permissions: onArn('TagResource'),
      run(input) {
        const group = groupOf(input.ResourceArn);
        const added = Object.fromEntries(
          (input.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']),
        );
        schedules.saveGroup({ ...group, tags: { ...group.tags, ...added } });
        return {};
      },
    }),

    UntagResource: operation<UntagResourceCommandInput, object>('UntagResource', ['ResourceArn', 'TagKeys'], {
      permissions: onArn('UntagResource'),
      run(input) {
        const group = groupOf(input.ResourceArn);
        const kept = Object.entries(group.tags).filter(([key]) => !(input.TagKeys ?? []).includes(key));
        schedules.saveGroup({ ...group, tags: Object.fromEntries(kept) });
        return {};
      },
    }),

    ListTagsForResource: operation<ListTagsForResourceCommandInput, object>(
      'ListTagsForResource',
      ['ResourceArn'],
      {
        permissions: onArn('ListTagsForResource'),
        run(input) {
          const { tags } = groupOf(input.ResourceArn);
          return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
        },
      },
    ),
  };
}

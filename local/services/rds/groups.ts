/** Operations on parameter groups, subnet groups and tags. */
import type {
  AddTagsToResourceCommandInput,
  DescribeDBParameterGroupsCommandInput,
  DescribeDBParametersCommandInput,
  DescribeDBSubnetGroupsCommandInput,
  ListTagsForResourceCommandInput,
  RemoveTagsFromResourceCommandInput,
} from '@aws-sdk/client-rds';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation } from '../../service.ts';
import { A_PAGE, badMarker } from './instances.ts';
import type { Databases } from './model.ts';
import { showParameterGroup, showSubnetGroup, tagList, tagsOf } from './show.ts';

export function groupOperations(databases: Databases): Record<string, Operation> {
  const onResource = (action: string) => (input: { ResourceName?: string | undefined }) => [
    { action: `rds:${action}`, resource: input.ResourceName ?? '' },
  ];

  return {
    DescribeDBParameterGroups: operation<DescribeDBParameterGroupsCommandInput, object>(
      'DescribeDBParameterGroups',
      ['DBParameterGroupName', 'Marker', 'MaxRecords'],
      {
        permissions: (input) => [
          {
            action: 'rds:DescribeDBParameterGroups',
            resource: databases.arn('pg', input.DBParameterGroupName ?? '*'),
          },
        ],
        run(input) {
          const named = input.DBParameterGroupName;
          const all =
            named === undefined ? databases.parameterGroups.values() : [parameterGroup(databases, named)];
          const { items, nextToken } = page(all, input.Marker, input.MaxRecords ?? A_PAGE, badMarker);
          return {
            DBParameterGroups: items.map((group) => showParameterGroup(databases, group)),
            Marker: nextToken,
          };
        },
      },
    ),

    DescribeDBParameters: operation<DescribeDBParametersCommandInput, object>(
      'DescribeDBParameters',
      ['DBParameterGroupName', 'Source', 'Marker', 'MaxRecords'],
      {
        permissions: (input) => [
          {
            action: 'rds:DescribeDBParameters',
            resource: databases.arn('pg', input.DBParameterGroupName ?? ''),
          },
        ],
        run(input) {
          const group = parameterGroup(databases, input.DBParameterGroupName ?? '');
          const all = Object.entries(group.parameters).map(([name, value]) => ({
            ParameterName: name,
            ParameterValue: value,
            Source: 'user',
            ApplyMethod: 'pending-reboot' as const,
            IsModifiable: true,
          }));
          const { items, nextToken } = page(all, input.Marker, input.MaxRecords ?? A_PAGE, badMarker);
          return { Parameters: items, Marker: nextToken };
        },
      },
    ),

    DescribeDBSubnetGroups: operation<DescribeDBSubnetGroupsCommandInput, object>(
      'DescribeDBSubnetGroups',
      ['DBSubnetGroupName', 'Marker', 'MaxRecords'],
      {
        permissions: (input) => [
          {
            action: 'rds:DescribeDBSubnetGroups',
            resource: databases.arn('subgrp', input.DBSubnetGroupName ?? '*'),
          },
        ],
        run(input) {
          const named = input.DBSubnetGroupName;
          const found = named === undefined ? undefined : databases.subnetGroups.get(named);
          if (named !== undefined && !found)
            throw new AwsError(
              'DBSubnetGroupNotFoundFault',
              `DB Subnet group '${named}' not found.`,
              {},
              404,
            );
          const all = found ? [found] : databases.subnetGroups.values();
          const { items, nextToken } = page(all, input.Marker, input.MaxRecords ?? A_PAGE, badMarker);
          return {
            DBSubnetGroups: items.map((group) => showSubnetGroup(databases, group)),
            Marker: nextToken,
          };
        },
      },
    ),

    ListTagsForResource: operation<ListTagsForResourceCommandInput, object>(
      'ListTagsForResource',
      ['ResourceName'],
      {
        permissions: onResource('ListTagsForResource'),
        run: (input) => ({ TagList: tagList(tagged(databases, input.ResourceName ?? '').tags) }),
      },
    ),

    AddTagsToResource: operation<AddTagsToResourceCommandInput, object>(
      'AddTagsToResource',
      ['ResourceName', 'Tags'],
      {
        permissions: onResource('AddTagsToResource'),
        run(input) {
          const { tags, save } = tagged(databases, input.ResourceName ?? '');
          save({ ...tags, ...tagsOf(input.Tags) });
          return {};
        },
      },
    ),

    RemoveTagsFromResource: operation<RemoveTagsFromResourceCommandInput, object>(
      'RemoveTagsFromResource',
      ['ResourceName', 'TagKeys'],
      {
        permissions: onResource('RemoveTagsFromResource'),
        run(input) {
          const { tags, save } = tagged(databases, input.ResourceName ?? '');
          save(Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys?.includes(key))));
          return {};
        },
      },
    ),
  };
}

function parameterGroup(databases: Databases, name: string) {
  const group = databases.parameterGroups.get(name);
  if (!group)
    throw new AwsError('DBParameterGroupNotFoundFault', `DBParameterGroup not found: ${name}`, {}, 404);
  return group;
}

interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
  readonly save: (tags: Record<string, string>) => void;
}

function tagged(databases: Databases, arn: string): Tagged {
  if (arn.includes(':snapshot:')) {
    const snapshot = databases.snapshot(arn);
    return {
      tags: snapshot.tags,
      save: (tags) => databases.snapshots.set(snapshot.identifier, { ...snapshot, tags }),
    };
  }
  const instance = databases.get(arn);
  return { tags: instance.tags, save: (tags) => databases.save(Object.assign(instance, { tags })) };
}

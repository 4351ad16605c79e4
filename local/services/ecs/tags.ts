/** Tags of clusters, services, task definitions and tasks. */
import type * as ecs from '@aws-sdk/client-ecs';
import { operation } from '../../operation.ts';
import { invalid, type State } from './state.ts';

interface Tagged {
  tags: ecs.Tag[];
}

export function tagOperations(state: State) {
  const find = (arn: string | undefined): { tagged: Tagged; keep(): void } => {
    for (const collection of [state.clusters, state.services, state.taskDefinitions, state.tasks]) {
      const tagged = collection.get(arn ?? '');
      if (tagged && arn) return { tagged, keep: () => collection.set(arn, tagged as never) };
    }
    throw invalid('The specified resource is not found. Specify a valid resource and try again.');
  };
  const on = (action: string) => (input: { resourceArn?: string | undefined }) => [
    { action: `ecs:${action}`, resource: input.resourceArn ?? '*' },
  ];

  return {
    TagResource: operation<ecs.TagResourceRequest, ecs.TagResourceResponse>(
      'TagResource',
      ['resourceArn', 'tags'],
      {
        permissions: on('TagResource'),
        run(input) {
          const { tagged, keep } = find(input.resourceArn);
          const given = input.tags ?? [];
          tagged.tags = [...tagged.tags.filter((tag) => !given.some(({ key }) => key === tag.key)), ...given];
          keep();
          return {};
        },
      },
    ),

    UntagResource: operation<ecs.UntagResourceRequest, ecs.UntagResourceResponse>(
      'UntagResource',
      ['resourceArn', 'tagKeys'],
      {
        permissions: on('UntagResource'),
        run(input) {
          const { tagged, keep } = find(input.resourceArn);
          tagged.tags = tagged.tags.filter(({ key }) => !input.tagKeys?.includes(key ?? ''));
          keep();
          return {};
        },
      },
    ),

    ListTagsForResource: operation<ecs.ListTagsForResourceRequest, ecs.ListTagsForResourceResponse>(
      'ListTagsForResource',
      ['resourceArn'],
      {
        permissions: on('ListTagsForResource'),
        run: (input) => ({ tags: find(input.resourceArn).tagged.tags }),
      },
    ),
  };
}

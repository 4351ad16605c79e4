/** Service deployments and revisions: the history of what was rolled out, and how to stop one. */
import type * as ecs from '@aws-sdk/client-ecs';
import { operation } from '../../operation.ts';
import { AwsError } from '../../service.ts';
import { fail, isOver, REQUEST } from './engine/deployments.ts';
import type { Scheduler } from './engine/scheduler.ts';
import { showServiceDeployment, showServiceRevision } from './show.ts';
import { invalid, paged, type State } from './state.ts';

export function serviceDeploymentOperations(state: State, scheduler: Scheduler) {
  const each = (action: string, arns: readonly string[] | undefined) =>
    (arns ?? []).map((resource) => ({ action: `ecs:${action}`, resource }));

  return {
    ListServiceDeployments: operation<ecs.ListServiceDeploymentsRequest, ecs.ListServiceDeploymentsResponse>(
      'ListServiceDeployments',
      ['service', 'cluster', 'status', 'createdAt', 'nextToken', 'maxResults'],
      {
        permissions: (input) => [
          {
            action: 'ecs:ListServiceDeployments',
            resource: state.serviceArn(input.cluster, input.service ?? ''),
            context: { 'ecs:cluster': state.clusterArn(input.cluster) },
          },
        ],
        run(input) {
          const service = state.service(input.cluster, input.service ?? '');
          const after = input.createdAt?.after?.getTime() ?? Number.NEGATIVE_INFINITY;
          const before = input.createdAt?.before?.getTime() ?? Number.POSITIVE_INFINITY;
          const chosen = state
            .deploymentsOf(service.arn)
            .filter((one) => !input.status?.length || input.status.includes(one.status))
            .filter((one) => one.createdAt > after && one.createdAt < before);
          const { page, nextToken } = paged(chosen, { maxResults: 20, ...input });
          return {
            serviceDeployments: page.map((one) => {
              const shown = showServiceDeployment(one, state);
              return {
                serviceDeploymentArn: one.arn,
                serviceArn: one.serviceArn,
                clusterArn: one.clusterArn,
                startedAt: shown.startedAt,
                createdAt: shown.createdAt,
                finishedAt: shown.finishedAt,
                targetServiceRevisionArn: one.targetRevision,
                status: one.status,
                statusReason: one.statusReason,
              };
            }),
            nextToken,
          };
        },
      },
    ),

    DescribeServiceDeployments: operation<
      ecs.DescribeServiceDeploymentsRequest,
      ecs.DescribeServiceDeploymentsResponse
    >('DescribeServiceDeployments', ['serviceDeploymentArns'], {
      permissions: (input) => each('DescribeServiceDeployments', input.serviceDeploymentArns),
      run(input) {
        const asked = input.serviceDeploymentArns ?? [];
        if (asked.length === 0) throw invalid('serviceDeploymentArns cannot be empty.');
        return {
          serviceDeployments: asked
            .flatMap((one) => state.serviceDeployments.get(one) ?? [])
            .map((one) => showServiceDeployment(one, state)),
          failures: missing(asked, (one) => state.serviceDeployments.has(one)),
        };
      },
    }),

    DescribeServiceRevisions: operation<
      ecs.DescribeServiceRevisionsRequest,
      ecs.DescribeServiceRevisionsResponse
    >('DescribeServiceRevisions', ['serviceRevisionArns'], {
      permissions: (input) => each('DescribeServiceRevisions', input.serviceRevisionArns),
      run(input) {
        const asked = input.serviceRevisionArns ?? [];
        if (asked.length === 0) throw invalid('serviceRevisionArns cannot be empty.');
        return {
          serviceRevisions: asked
            .flatMap((one) => state.serviceRevisions.get(one) ?? [])
            .map(showServiceRevision),
          failures: missing(asked, (one) => state.serviceRevisions.has(one)),
        };
      },
    }),

    StopServiceDeployment: operation<ecs.StopServiceDeploymentRequest, ecs.StopServiceDeploymentResponse>(
      'StopServiceDeployment',
      ['serviceDeploymentArn', 'stopType'],
      {
        permissions: (input) => each('StopServiceDeployment', [input.serviceDeploymentArn ?? '']),
        run(input) {
          const found = state.serviceDeployments.get(input.serviceDeploymentArn ?? '');
          if (!found) {
            throw new AwsError('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
          }
          const rollback = (input.stopType ?? 'ROLLBACK') === 'ROLLBACK';
          const service = state.services.get(found.serviceArn);
          if (isOver(found) || found.rollback || !service) {
            throw new AwsError(
              'ConflictException',
              `The service deployment cannot be stopped because its status is ${found.status}.`,
            );
          }
          found.status = rollback ? 'ROLLBACK_REQUESTED' : 'STOP_REQUESTED';
          found.updatedAt = state.world.clock.now();
          state.serviceDeployments.set(found.arn, found);
          // The request is answered before the scheduler acts on it.
          state.world.clock.after(0, () => {
            const now = state.services.get(service.arn);
            if (!now || isOver(found)) return;
            fail(state, now, { ...REQUEST, rollback });
            state.services.set(now.arn, now);
            scheduler.forgive(now.arn);
            scheduler.wake(now.arn);
          });
          return { serviceDeploymentArn: found.arn };
        },
      },
    ),
  };
}

function missing(asked: readonly string[], has: (arn: string) => boolean): ecs.Failure[] {
  return asked.filter((one) => !has(one)).map((one) => ({ arn: one, reason: 'MISSING' }));
}

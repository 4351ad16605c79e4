/** CreateService, UpdateService, DeleteService and what reads services. */
import type * as ecs from '@aws-sdk/client-ecs';
import { operation } from '../../operation.ts';
import type { Permission } from '../../service.ts';
import { nameOf } from './arns.ts';
import type { Services } from './service-changes.ts';
import { showService } from './show.ts';
import { invalid, paged, type State } from './state.ts';
import { passRole, tagging } from './task-definitions.ts';

const TASK_FIELDS = [
  'cluster',
  'taskDefinition',
  'loadBalancers',
  'desiredCount',
  'capacityProviderStrategy',
  'platformVersion',
  'deploymentConfiguration',
  'networkConfiguration',
  'healthCheckGracePeriodSeconds',
  'enableECSManagedTags',
  'propagateTags',
  'enableExecuteCommand',
  'availabilityZoneRebalancing',
  'deploymentController',
] as const;

export function serviceOperations(state: State, services: Services) {
  const roles = (reference: string | undefined): Permission[] => {
    const body = reference ? state.findTaskDefinition(reference)?.body : undefined;
    return passRole([body?.taskRoleArn, body?.executionRoleArn]);
  };
  const onService = (
    action: string,
    cluster: string | undefined,
    service: string | undefined,
  ): Permission => ({
    action: `ecs:${action}`,
    resource: state.serviceArn(cluster, service ?? ''),
    context: { 'ecs:cluster': state.clusterArn(cluster) },
  });

  return {
    CreateService: operation<ecs.CreateServiceRequest, ecs.CreateServiceResponse>(
      'CreateService',
      [...TASK_FIELDS, 'serviceName', 'clientToken', 'launchType', 'schedulingStrategy', 'tags'],
      {
        permissions: (input) => [
          onService('CreateService', input.cluster, input.serviceName),
          ...roles(input.taskDefinition),
          ...tagging(input.tags, state.serviceArn(input.cluster, input.serviceName ?? '')),
        ],
        run: (input, { principal }) => ({
          service: showService(services.create(input, principal.arn), state),
        }),
      },
    ),

    UpdateService: operation<ecs.UpdateServiceRequest, ecs.UpdateServiceResponse>(
      'UpdateService',
      [...TASK_FIELDS, 'service', 'forceNewDeployment'],
      {
        permissions: (input) => [
          onService('UpdateService', input.cluster, input.service),
          ...roles(input.taskDefinition),
        ],
        run: (input) => ({ service: showService(services.update(input), state) }),
      },
    ),

    DeleteService: operation<ecs.DeleteServiceRequest, ecs.DeleteServiceResponse>(
      'DeleteService',
      ['cluster', 'service', 'force'],
      {
        permissions: (input) => [onService('DeleteService', input.cluster, input.service)],
        run: (input) => ({ service: showService(services.remove(input), state) }),
      },
    ),

    DescribeServices: operation<ecs.DescribeServicesRequest, ecs.DescribeServicesResponse>(
      'DescribeServices',
      ['cluster', 'services', 'include'],
      {
        permissions: (input) =>
          (input.services ?? []).map((one) => onService('DescribeServices', input.cluster, one)),
        run(input) {
          state.cluster(input.cluster);
          const asked = (input.services ?? []).map((one) => state.serviceArn(input.cluster, one));
          if (asked.length === 0) throw invalid('Services cannot be empty.');
          if (asked.length > 10) throw invalid('Services cannot have more than 10 elements.');
          return {
            services: asked
              .flatMap((one) => state.services.get(one) ?? [])
              .map((service) => ({
                ...showService(service, state),
                ...(input.include?.includes('TAGS') ? { tags: service.tags } : {}),
              })),
            failures: asked
              .filter((one) => !state.services.has(one))
              .map((one) => ({ arn: one, reason: 'MISSING' })),
          };
        },
      },
    ),

    ListServices: operation<ecs.ListServicesRequest, ecs.ListServicesResponse>(
      'ListServices',
      ['cluster', 'nextToken', 'maxResults', 'launchType', 'schedulingStrategy'],
      {
        permissions: (input) => [
          {
            action: 'ecs:ListServices',
            resource: '*',
            context: { 'ecs:cluster': state.clusterArn(input.cluster) },
          },
        ],
        run(input) {
          const { arn } = state.cluster(input.cluster);
          const all = state.services
            .values()
            .filter((service) => service.clusterArn === arn && service.status !== 'INACTIVE')
            .filter((service) => !input.launchType || service.launchType === input.launchType)
            .map((service) => service.arn)
            .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
          const { page, nextToken } = paged(all, { maxResults: 10, ...input });
          return { serviceArns: page, nextToken };
        },
      },
    ),
  };
}

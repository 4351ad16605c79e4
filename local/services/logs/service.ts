/** CloudWatch Logs: groups, streams, events on disk, filter patterns, live tail, and the metrics that logs contain. */
import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import type { Ports } from '../../ports.ts';
import type { Operation, Service, World } from '../../service.ts';
import { embeddedMetrics } from './embedded-metrics.ts';
import { filterLogEventsOperation } from './filter-log-events.ts';
import { getLogEventsOperation } from './get-log-events.ts';
import { Groups } from './groups.ts';
import { startLiveTailOperation } from './live-tail.ts';
import { logGroupOperations } from './log-groups.ts';
import { logStreamOperations } from './log-streams.ts';
import { FilterMetrics, metricFilterOperations } from './metric-filters.ts';
import { logsProvisioners } from './provision.ts';
import { putLogEventsOperation } from './put-log-events.ts';

export function create(world: World): { service: Service; ports: Pick<Ports, 'logs'> } {
  const groups = new Groups(world);
  const filterMetrics = new FilterMetrics();
  groups.listeners.add((arrival) => {
    const data = [
      ...filterMetrics.data(arrival),
      ...arrival.events.flatMap((event) => embeddedMetrics(event.message)),
    ];
    if (data.length > 0) world.ports.metrics.put(data);
  });
  const stopped = new AbortController();

  return {
    service: {
      signingName: 'logs',
      sdk,
      operations: {
        ...logGroupOperations(world, groups),
        ...logStreamOperations(world, groups),
        ...metricFilterOperations(world, groups),
        PutLogEvents: putLogEventsOperation(world, groups),
        GetLogEvents: getLogEventsOperation(world, groups),
        FilterLogEvents: filterLogEventsOperation(world, groups),
        StartLiveTail: startLiveTailOperation(world, groups, stopped.signal) as Operation,
      },
      provisioners: logsProvisioners(world, groups),
      start: () => groups.expire(),
      stop: () => stopped.abort(),
      differences: [
        'Live Tail needs the host prefix switched off: `disableHostPrefix` in the SDK, AWS_DISABLE_HOST_PREFIX_INJECTION=true for the CLI.',
        'An event is visible as soon as it has been written, and kept until its retention ends or `lockstep local reset`.',
        'Events larger than 256 KiB are refused by PutLogEvents; AWS has allowed 1 MiB since 2025.',
        'Insights queries, subscription filters, transformers and data protection are refused.',
      ],
    },
    ports: {
      logs: {
        append: (group, stream, lines) => groups.write(group, stream, lines),
        hasGroup: (group) => groups.find(group) !== undefined,
      },
    },
  };
}

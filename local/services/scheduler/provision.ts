/** AWS::Scheduler::Schedule and ScheduleGroup. */
import type { Target } from '@aws-sdk/client-scheduler';
import { physicalName } from '../../provision/names.ts';
import type { Provisioner, World } from '../../service.ts';
import { type GivenSchedule, groupArn, type Settings, scheduleArn, settingsOf } from './model.ts';
import type { Schedules } from './schedules.ts';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export function schedulerProvisioners(world: World, schedules: Schedules): Record<string, Provisioner> {
  return {
    'AWS::Scheduler::Schedule': {
      honours: [
        'Name',
        'GroupName',
        'Description',
        'ScheduleExpression',
        'ScheduleExpressionTimezone',
        'State',
        'StartDate',
        'EndDate',
        'FlexibleTimeWindow',
        'Target',
      ],
      ignores: { KmsKeyArn: 'Schedules lie unencrypted in the folder of the embedded AWS.' },
      async provision(properties, place) {
        const { StartDate: start, EndDate: end, Target: target } = properties;
        const settings = await settingsOf(world, 'AWS::Scheduler::Schedule', {
          ...properties,
          Name: String(properties['Name'] ?? physicalName(place, 64)),
          StartDate: start === undefined ? undefined : new Date(String(start)),
          EndDate: end === undefined ? undefined : new Date(String(end)),
          Target: numbered(target as Target),
        } as GivenSchedule);
        const known = schedules.find(settings.group, settings.name);
        // A start that changes nothing must not make a rate begin anew, nor forget what has been fired for.
        if (!known) schedules.create(settings);
        else if (!isSame(known, settings)) schedules.update(settings);
        return { ref: settings.name, attributes: { Arn: scheduleArn(world, settings.group, settings.name) } };
      },
    },

    'AWS::Scheduler::ScheduleGroup': {
      honours: ['Name', 'Tags'],
      provision(properties, place) {
        const name = String(properties['Name'] ?? physicalName(place, 64));
        const tags = Object.fromEntries(
          ((properties['Tags'] ?? []) as readonly Tag[]).map(({ Key, Value }) => [Key, Value]),
        );
        if (schedules.hasGroup(name)) schedules.saveGroup({ ...schedules.group(name), tags });
        else schedules.createGroup(name, tags);
        return { ref: name, attributes: { Arn: groupArn(world, name), State: 'ACTIVE' } };
      },
    },
  };
}

function isSame(known: Settings, settings: Settings): boolean {
  const keys = Object.keys(settings) as (keyof Settings)[];
  const optional: (keyof Settings)[] = ['description', 'startDate', 'endDate'];
  return [...keys, ...optional].every((key) => JSON.stringify(known[key]) === JSON.stringify(settings[key]));
}

/** CloudFormation lets numbers be written as strings. */
function numbered(target: Target): Target {
  const { RetryPolicy: policy } = target;
  if (!policy) return target;
  const numbers = Object.fromEntries(Object.entries(policy).map(([name, value]) => [name, Number(value)]));
  return { ...target, RetryPolicy: numbers };
}

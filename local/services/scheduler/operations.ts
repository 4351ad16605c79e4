/** The operations on schedules. */
import type {
  CreateScheduleCommandInput,
  DeleteScheduleCommandInput,
  GetScheduleCommandInput,
  ListSchedulesCommandInput,
  UpdateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import { operation, page } from '../../operation.ts';
import { AwsError, type Operation, type Permission, type World } from '../../service.ts';
import { type Schedule, scheduleArn, sdkTarget, settingsOf, validation } from './model.ts';
import type { Schedules } from './schedules.ts';

const SCHEDULE_FIELDS = [
  'Name',
  'GroupName',
  'ScheduleExpression',
  'StartDate',
  'EndDate',
  'Description',
  'ScheduleExpressionTimezone',
  'State',
  'KmsKeyArn',
  'Target',
  'FlexibleTimeWindow',
  'ClientToken',
  'ActionAfterCompletion',
] as const satisfies readonly (keyof CreateScheduleCommandInput)[];

export function scheduleOperations(world: World, schedules: Schedules): Record<string, Operation> {
  const on =
    (action: string) =>
    (input: { Name?: string | undefined; GroupName?: string | undefined }): Permission[] => [
      {
        action: `scheduler:${action}`,
        resource: scheduleArn(world, input.GroupName ?? 'default', input.Name ?? ''),
      },
    ];
  const onWithRole =
    (action: string) =>
    (input: CreateScheduleCommandInput | UpdateScheduleCommandInput): Permission[] => [
      ...on(action)(input),
      {
        action: 'iam:PassRole',
        resource: input.Target?.RoleArn ?? '',
        context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
      },
    ];

  return {
    CreateSchedule: operation<CreateScheduleCommandInput, object>('CreateSchedule', SCHEDULE_FIELDS, {
      permissions: onWithRole('CreateSchedule'),
      async run(input) {
        const settings = await settingsOf(world, 'CreateSchedule', input);
        const ScheduleArn = scheduleArn(world, settings.group, settings.name);
        const known = schedules.find(settings.group, settings.name);
        if (known && known.clientToken !== undefined && known.clientToken === input.ClientToken) {
          return { ScheduleArn };
        }
        if (known)
          throw new AwsError('ConflictException', `Schedule ${settings.name} already exists.`, {}, 409);
        schedules.create(settings, input.ClientToken);
        return { ScheduleArn };
      },
    }),

    UpdateSchedule: operation<UpdateScheduleCommandInput, object>('UpdateSchedule', SCHEDULE_FIELDS, {
      permissions: onWithRole('UpdateSchedule'),
      async run(input) {
        schedules.get(input.GroupName ?? 'default', input.Name ?? '');
        const settings = await settingsOf(world, 'UpdateSchedule', input);
        schedules.update(settings);
        return { ScheduleArn: scheduleArn(world, settings.group, settings.name) };
      },
    }),

    GetSchedule: operation<GetScheduleCommandInput, object>('GetSchedule', ['Name', 'GroupName'], {
      permissions: on('GetSchedule'),
      run(input) {
        const schedule = schedules.get(input.GroupName ?? 'default', input.Name ?? '');
        return {
          ...summary(schedule),
          Description: schedule.description,
          ScheduleExpression: schedule.expression,
          ScheduleExpressionTimezone: schedule.timeZone,
          StartDate: schedule.startDate === undefined ? undefined : new Date(schedule.startDate),
          EndDate: schedule.endDate === undefined ? undefined : new Date(schedule.endDate),
          ActionAfterCompletion: schedule.afterCompletion,
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: sdkTarget(schedule.target),
        };
      },
    }),

    ListSchedules: operation<ListSchedulesCommandInput, object>(
      'ListSchedules',
      ['GroupName', 'NamePrefix', 'State', 'NextToken', 'MaxResults'],
      {
        permissions: () => [{ action: 'scheduler:ListSchedules', resource: '*' }],
        run(input) {
          if (input.GroupName !== undefined) schedules.group(input.GroupName);
          const found = schedules
            .all()
            .filter((schedule) => input.GroupName === undefined || schedule.group === input.GroupName)
            .filter((schedule) => schedule.name.startsWith(input.NamePrefix ?? ''))
            .filter((schedule) => input.State === undefined || schedule.state === input.State);
          const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 100, invalidToken);
          return { Schedules: items.map(summary), NextToken: nextToken };
        },
      },
    ),

    DeleteSchedule: operation<DeleteScheduleCommandInput, object>(
      'DeleteSchedule',
      ['Name', 'GroupName', 'ClientToken'],
      {
        permissions: on('DeleteSchedule'),
        run(input) {
          const { group, name } = schedules.get(input.GroupName ?? 'default', input.Name ?? '');
          schedules.delete(group, name);
          return {};
        },
      },
    ),
  };

  function summary(schedule: Schedule) {
    return {
      Arn: scheduleArn(world, schedule.group, schedule.name),
      Name: schedule.name,
      GroupName: schedule.group,
      State: schedule.state,
      CreationDate: new Date(schedule.created),
      LastModificationDate: new Date(schedule.modified),
      Target: { Arn: schedule.target.arn },
    };
  }
}

export function invalidToken(): AwsError {
  return validation('Invalid NextToken.');
}

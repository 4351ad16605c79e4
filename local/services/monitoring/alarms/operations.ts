/** The operations that make, change and delete alarms. */
import type {
  DeleteAlarmsCommandInput,
  DisableAlarmActionsCommandInput,
  EnableAlarmActionsCommandInput,
  PutCompositeAlarmCommandInput,
  PutMetricAlarmCommandInput,
  SetAlarmStateCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { operation } from '../../../operation.ts';
import { AwsError, type Operation, type World } from '../../../service.ts';
import { alarmArn, invalidValue } from '../model.ts';
import type { Alarms } from './alarms.ts';
import { COMPOSITE_FIELDS, compositeAlarm, METRIC_FIELDS, metricAlarm } from './configuration.ts';
import type { StateValue } from './model.ts';

const STATES: readonly string[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

export function alarmOperations(world: World, alarms: Alarms): Record<string, Operation> {
  const on = (action: string) => (input: { AlarmName?: string | undefined }) => [
    { action: `cloudwatch:${action}`, resource: alarmArn(world, input.AlarmName ?? '') },
  ];
  const onEach = (action: string) => (input: { AlarmNames?: string[] | undefined }) =>
    (input.AlarmNames ?? []).map((name) => ({
      action: `cloudwatch:${action}`,
      resource: alarmArn(world, name),
    }));

  return {
    PutMetricAlarm: operation<PutMetricAlarmCommandInput, object>('PutMetricAlarm', METRIC_FIELDS, {
      permissions: on('PutMetricAlarm'),
      run(input) {
        alarms.put(metricAlarm(input));
        return {};
      },
    }),

    PutCompositeAlarm: operation<PutCompositeAlarmCommandInput, object>(
      'PutCompositeAlarm',
      COMPOSITE_FIELDS,
      {
        permissions: on('PutCompositeAlarm'),
        run(input) {
          alarms.put(compositeAlarm(input, alarms));
          return {};
        },
      },
    ),

    DeleteAlarms: operation<DeleteAlarmsCommandInput, object>('DeleteAlarms', ['AlarmNames'], {
      permissions: onEach('DeleteAlarms'),
      run(input) {
        const names = input.AlarmNames ?? [];
        const absent = names.find((name) => !alarms.get(name));
        if (absent !== undefined)
          throw new AwsError('ResourceNotFound', `Alarm ${absent} does not exist.`, {}, 404);
        for (const name of names) alarms.delete(name);
        return {};
      },
    }),

    SetAlarmState: operation<SetAlarmStateCommandInput, object>(
      'SetAlarmState',
      ['AlarmName', 'StateValue', 'StateReason', 'StateReasonData'],
      {
        permissions: on('SetAlarmState'),
        run(input) {
          const name = input.AlarmName ?? '';
          if (!alarms.get(name))
            throw new AwsError('ResourceNotFound', `Alarm ${name} does not exist.`, {}, 404);
          if (!STATES.includes(input.StateValue ?? '')) {
            throw invalidValue(`The value ${input.StateValue} for parameter StateValue is not supported.`);
          }
          alarms.setState(
            name,
            input.StateValue as StateValue,
            input.StateReason ?? '',
            input.StateReasonData,
          );
          return {};
        },
      },
    ),

    EnableAlarmActions: operation<EnableAlarmActionsCommandInput, object>(
      'EnableAlarmActions',
      ['AlarmNames'],
      {
        permissions: onEach('EnableAlarmActions'),
        run(input) {
          for (const name of input.AlarmNames ?? []) alarms.setActionsEnabled(name, true);
          return {};
        },
      },
    ),

    DisableAlarmActions: operation<DisableAlarmActionsCommandInput, object>(
      'DisableAlarmActions',
      ['AlarmNames'],
      {
        permissions: onEach('DisableAlarmActions'),
        run(input) {
          for (const name of input.AlarmNames ?? []) alarms.setActionsEnabled(name, false);
          return {};
        },
      },
    ),
  };
}

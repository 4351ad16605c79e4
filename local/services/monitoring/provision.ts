/** AWS::CloudWatch::Alarm, CompositeAlarm and Dashboard. */
import type { PutCompositeAlarmCommandInput, PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { physicalName } from '../../provision/names.ts';
import type { Provisioner, World } from '../../service.ts';
import type { Alarms } from './alarms/alarms.ts';
import { COMPOSITE_FIELDS, compositeAlarm, METRIC_FIELDS, metricAlarm } from './alarms/configuration.ts';
import { putDashboard } from './dashboards.ts';
import { alarmArn } from './model.ts';

/** CloudFormation lets numbers be written as strings. */
const NUMBERS = ['Period', 'EvaluationPeriods', 'DatapointsToAlarm', 'Threshold'];

export function monitoringProvisioners(world: World, alarms: Alarms): Record<string, Provisioner> {
  const provisioned = (name: string) => ({ ref: name, attributes: { Arn: alarmArn(world, name) } });
  return {
    'AWS::CloudWatch::Alarm': {
      honours: METRIC_FIELDS.filter((field) => field !== 'Tags'),
      ignores: { Tags: 'Alarms are not looked up by tag here.' },
      provision(properties, place) {
        const input: Record<string, unknown> = { AlarmName: physicalName(place, 255), ...properties };
        for (const field of NUMBERS) if (input[field] !== undefined) input[field] = Number(input[field]);
        const configuration = metricAlarm(input as unknown as PutMetricAlarmCommandInput);
        alarms.keep(configuration);
        return provisioned(configuration.name);
      },
    },

    'AWS::CloudWatch::CompositeAlarm': {
      honours: COMPOSITE_FIELDS.filter((field) => field !== 'Tags'),
      ignores: { Tags: 'Alarms are not looked up by tag here.' },
      provision(properties, place) {
        const input = { AlarmName: physicalName(place, 255), ...properties };
        const configuration = compositeAlarm(input as unknown as PutCompositeAlarmCommandInput, alarms);
        alarms.keep(configuration);
        return provisioned(configuration.name);
      },
    },

    'AWS::CloudWatch::Dashboard': {
      honours: ['DashboardName', 'DashboardBody'],
      ignores: { Tags: 'Dashboards are not looked up by tag here.' },
      provision(properties, place) {
        const name = String(properties['DashboardName'] ?? physicalName(place, 255));
        const body = properties['DashboardBody'];
        putDashboard(world, name, typeof body === 'string' ? body : JSON.stringify(body));
        return { ref: name };
      },
    },
  };
}

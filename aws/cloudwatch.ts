/** CloudWatch alarms. */
import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';

/** Those of the named alarms that are in ALARM, metric and composite ones alike. */
export async function alarmsInAlarm(
  cloudwatch: CloudWatchClient,
  names: readonly string[],
): Promise<string[]> {
  const ringing: string[] = [];
  // CloudWatch takes at most 100 names at a time.
  for (let from = 0; from < names.length; from += 100) {
    const { MetricAlarms, CompositeAlarms } = await cloudwatch.send(
      new DescribeAlarmsCommand({
        AlarmNames: names.slice(from, from + 100),
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        StateValue: 'ALARM',
      }),
    );
    for (const alarm of [...(MetricAlarms ?? []), ...(CompositeAlarms ?? [])])
      ringing.push(alarm.AlarmName ?? '');
  }
  return ringing;
}

/** What is stored of an alarm. */
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';

export type StateValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface AlarmState {
  readonly value: StateValue;
  readonly reason: string;
  readonly reasonData?: string;
  /** Milliseconds since the epoch: when the reason last changed, and when the value did. */
  readonly updated: number;
  readonly transitioned: number;
}

interface Common {
  readonly name: string;
  readonly description?: string;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  readonly configured: number;
  readonly state: AlarmState;
}

export interface MetricAlarmRecord extends Common {
  readonly kind: 'metric';
  /** One metric, or the queries of a metric math alarm. */
  readonly metric?: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly stat: string;
    readonly period: number;
    readonly unit?: string;
  };
  readonly queries?: readonly MetricDataQuery[];
  readonly threshold: number;
  readonly comparison: string;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  /** Undefined where it was not given: it counts as `missing`. */
  readonly treatMissingData?: string;
}

export interface CompositeAlarmRecord extends Common {
  readonly kind: 'composite';
  readonly rule: string;
}

export type AlarmRecord = MetricAlarmRecord | CompositeAlarmRecord;

export interface HistoryItem {
  readonly alarm: string;
  readonly type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action';
  readonly at: number;
  readonly summary: string;
  readonly data: string;
}

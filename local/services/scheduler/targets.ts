/** Calls the target of a schedule as the schedule's role. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Deliveries, principalOfRole } from '../../delivery.ts';
import { AwsError, type Principal, type World } from '../../service.ts';
import type { Json } from '../../states/json.ts';
import { loadSdk, operationSchema, sdkService, toService } from '../states/integrations/sdk.ts';
import { type Schedule, scheduleArn, universalTarget, validation } from './model.ts';

export class Targets {
  private readonly world: World;
  private readonly deliveries: Deliveries;

  constructor(world: World) {
    this.world = world;
    this.deliveries = new Deliveries(world);
  }

  stop(): void {
    this.deliveries.stop();
  }

  /** Returns at once; tries again as the target's retry policy says. */
  call(schedule: Schedule, scheduled: number): void {
    const { target } = schedule;
    this.deliveries.deliver({
      what: `schedule ${schedule.group}/${schedule.name}`,
      targetArn: target.arn,
      retries: target.retries,
      maxAge: target.maxAge * 1000,
      deadLetterArn: target.deadLetterArn,
      body: this.input(schedule, scheduled, 1),
      send: (attempt) => this.once(schedule, this.input(schedule, scheduled, attempt)),
    });
  }

  private async once(schedule: Schedule, input: string): Promise<void> {
    const { arn, roleArn, eventBridge } = schedule.target;
    const session = randomUUID().replaceAll('-', '');
    const principal = principalOfRole(this.world, roleArn, 'scheduler.amazonaws.com', session);
    const { dispatch, iam } = this.world.ports;
    const universal = universalTarget(arn);
    if (universal) return this.universal(universal, input, principal);
    switch (arn.split(':')[2]) {
      case 'lambda':
        iam.authorize(principal, [{ action: 'lambda:InvokeFunction', resource: arn }]);
        return this.deliveries.invoke(arn, parse(input));
      case 'states':
        await dispatch.call('states', 'StartExecution', { stateMachineArn: arn, input }, principal);
        return;
      case 'sns':
        await dispatch.call('sns', 'Publish', { TopicArn: arn, Message: input }, principal);
        return;
      default: {
        const entry = {
          EventBusName: arn,
          Source: eventBridge?.source,
          DetailType: eventBridge?.detailType,
          Detail: input,
        };
        await dispatch.call('events', 'PutEvents', { Entries: [entry] }, principal);
      }
    }
  }

  private async universal(
    target: { service: string; operation: string },
    input: string,
    principal: Principal,
  ): Promise<void> {
    const service = sdkService(target.service);
    const schema = service && operationSchema(await loadSdk(service), target.operation);
    if (!service || !schema)
      throw new AwsError('ValidationException', `There is no ${target.service}:${target.operation}.`);
    const unknown: string[] = [];
    const members = toService(schema.input, parse(input), unknown) as Record<string, unknown>;
    if (unknown.length > 0) throw validation(`${target.operation} has no parameter ${unknown.join(', ')}.`);
    await this.world.ports.dispatch.call(service.signingName, target.operation, members, principal);
  }

  /** The input with what Scheduler knows of the run put into it. */
  private input(schedule: Schedule, scheduled: number, attempt: number): string {
    const arn = scheduleArn(this.world, schedule.group, schedule.name);
    const time = `${new Date(scheduled).toISOString().slice(0, 19)}Z`;
    if (schedule.target.input === undefined) {
      return JSON.stringify({
        version: '0',
        id: randomUUID(),
        'detail-type': 'Scheduled Event',
        source: 'aws.scheduler',
        account: this.world.account,
        time,
        region: this.world.region,
        resources: [arn],
        detail: '{}',
      });
    }
    return schedule.target.input
      .replaceAll('<aws.scheduler.schedule-arn>', arn)
      .replaceAll('<aws.scheduler.scheduled-time>', time)
      .replaceAll('<aws.scheduler.execution-id>', randomBytes(8).toString('hex'))
      .replaceAll('<aws.scheduler.attempt-number>', String(attempt));
  }
}

function parse(input: string): Json {
  try {
    return JSON.parse(input) as Json;
  } catch {
    throw validation('The input is not valid JSON.');
  }
}

/** The parts of the environment file that only the BackendStack reads: its sizes, and how a task's health is checked. */
import { z } from 'zod';

export const containerCheckSchema = z
  .strictObject({
    intervalSeconds: z.int().min(5).max(300).default(30).describe('Seconds between two checks.'),
    timeoutSeconds: z
      .int()
      .min(2)
      .max(60)
      .default(5)
      .describe('Seconds after which a check counts as failed.'),
    retries: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe('Failed checks in a row that make a container unhealthy.'),
    startPeriodSeconds: z
      .int()
      .min(0)
      .max(300)
      .default(60)
      .describe('Seconds after the start in which failed checks do not count.'),
  })
  .describe(
    'How ECS checks the container from inside (`curl` of the health path); read by the BackendStack.',
  );

export const targetCheckSchema = z
  .strictObject({
    intervalSeconds: z.int().min(5).max(300).default(15).describe('Seconds between two checks.'),
    timeoutSeconds: z
      .int()
      .min(2)
      .max(120)
      .default(5)
      .describe('Seconds after which a check counts as failed.'),
    healthyThreshold: z
      .int()
      .min(2)
      .max(10)
      .default(2)
      .describe('Good checks in a row that bring an unhealthy target back.'),
    unhealthyThreshold: z
      .int()
      .min(2)
      .max(10)
      .default(3)
      .describe('Failed checks in a row that take a target out.'),
    drainSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(30)
      .describe('Seconds that a leaving target may go on with the requests it has.'),
    graceSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(120)
      .describe(
        'Seconds after a task’s start in which ECS does not stop it for failed checks; longer than the slowest boot.',
      ),
  })
  .describe('How the load balancer checks a task from outside; read by the BackendStack.');

export const stackSchema = z
  .strictObject({
    create: z
      .boolean()
      .default(true)
      .describe(
        '`false` where the services run already on something that is not ours: then there is no BackendStack.',
      ),
    natGateways: z
      .int()
      .min(1)
      .max(2)
      .default(1)
      .describe('One is cheaper; with two, the loss of a zone leaves the tasks their way out.'),
    certificate: z
      .string()
      .startsWith('arn:', 'must be the ARN of an ACM certificate')
      .optional()
      .describe(
        'ARN of the ACM certificate of the load balancer. Without it the load balancer speaks plain HTTP.',
      ),
    databaseClass: z
      .string()
      .startsWith('db.', 'must be an RDS instance class, for example db.t4g.micro')
      .default('db.t4g.micro')
      .describe('The RDS instance class.'),
    databaseStorage: z
      .int()
      .min(20)
      .max(65_536)
      .default(20)
      .describe('Storage of the database in GiB; it grows by itself up to five times as much.'),
    databaseMultiAz: z.boolean().default(false).describe('Whether RDS keeps a standby in another zone.'),
    databaseBackupDays: z
      .int()
      .min(1)
      .max(35)
      .default(7)
      .describe('Days for which RDS keeps its automatic backups.'),
    deletionProtection: z
      .boolean()
      .default(false)
      .describe('Whether the database and the load balancer refuse to be deleted.'),
    logRetentionDays: z
      .union([z.literal(7), z.literal(14), z.literal(30), z.literal(90), z.literal(180), z.literal(365)])
      .default(30)
      .describe('Days for which logs are kept.'),
  })
  .describe(
    'Sizes of the BackendStack: the network, load balancer, ECS service and database that Lockstep can make for those who have none.',
  );

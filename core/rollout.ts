/** What `UpdateService` and `Rollback` hand to `VerifyHealth`: the deployment of the service that has to become healthy. */
import { z } from 'zod';

export const rolloutSchema = z.strictObject({
  /** ARN of the task definition that has to come to run. */
  taskDefinition: z.string(),
  /** ARN of ECS's service deployment; null while ECS does not list it yet. */
  serviceDeployment: z.string().nullable(),
  /** ISO 8601. */
  startedAt: z.string(),
});

export type Rollout = z.infer<typeof rolloutSchema>;

/** Whether the database is snapshotted before it is migrated, and under which name. */
import type { MigrationResult } from './migration-result.ts';
import type { Plan } from './plan.ts';
import type { Deployment } from './request.ts';

export type SnapshotDecision =
  | { readonly skip: string }
  | { readonly instance: string; readonly name: string };

export function snapshotDecision(
  deployment: Pick<Deployment, 'id' | 'service' | 'environment'>,
  plan: Plan,
  migration: Pick<MigrationResult, 'risky'>,
): SnapshotDecision {
  const { database, migrations } = plan.settings;
  if (migrations.snapshot === 'never') return { skip: 'policy "never"' };
  if (migrations.snapshot === 'risky' && !migration.risky) return { skip: 'policy "risky", and nothing is' };
  if (!database?.instance) return { skip: 'no "instance" in the "database" block of the environment file' };
  return { instance: database.instance, name: snapshotName(deployment) };
}

/** RDS takes letters, digits and single hyphens, at most 255 characters, beginning with a letter. */
export function snapshotName({
  id,
  service,
  environment,
}: Pick<Deployment, 'id' | 'service' | 'environment'>): string {
  return `lockstep-${service}-${environment}-${id}`.replace(/-{2,}/g, '-');
}

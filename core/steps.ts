/** The steps of a deployment, in order. A step's name is the same in the state machine, its folder, its function and its events. */
export const STEPS = [
  'AcquireLock',
  'Plan',
  'Build',
  'MigrateCheck',
  'AwaitApproval',
  'Snapshot',
  'Migrate',
  'UpdateService',
  'VerifyHealth',
  'Rollback',
  'Record',
] as const;

export type Step = (typeof STEPS)[number];

/** The step that a state of the machine belongs to; what comes of a person's answer is still the wait for it. */
export function stepOfState(state: string | undefined): Step | undefined {
  if (state === 'CheckApproval') return 'AwaitApproval';
  return STEPS.find((step) => step === state);
}

/** Functions that are no step of `deploy`: one looks into the database for the others, two serve the recovery. */
export const OTHER_FUNCTIONS = ['InspectDatabase', 'FindOrphans', 'Resume'] as const;

export type FunctionName = Exclude<Step, 'AcquireLock'> | (typeof OTHER_FUNCTIONS)[number];

/** `VerifyHealth` → `verify-health`: the folder, the function's name in AWS and the prefix of its events. */
export function kebab(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

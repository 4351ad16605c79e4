/** The environment variables of the functions: what the stack tells them about itself. */
import { documentClient, type Journal } from '../aws/journal.ts';
import { LockstepError } from '../core/errors.ts';

export type VariableName =
  | 'LOCKS_TABLE'
  | 'DEPLOYMENTS_TABLE'
  | 'ARTEFACTS_BUCKET'
  | 'BUILD_PROJECT'
  | 'TOPIC_ARN'
  | 'ENVIRONMENT'
  /** The function for a service is this and the service's key. */
  | 'INSPECT_FUNCTION_PREFIX'
  | 'DATABASE_SECRET'
  | 'DATABASE_SCHEMA'
  | 'SERVICE';

export function variable(name: VariableName): string {
  const value = process.env[name];
  if (!value) {
    throw new LockstepError('Internal', {
      step: 'its set-up',
      detail: `the function has no environment variable ${name}; deploy the stack again`,
    });
  }
  return value;
}

/** The journal of this stack. Table names are looked up when they are needed, so that importing a handler needs none. */
export function openJournal(): Journal {
  return {
    document: documentClient(),
    get deployments() {
      return variable('DEPLOYMENTS_TABLE');
    },
    get locks() {
      return variable('LOCKS_TABLE');
    },
  };
}

/** The files in which a runner takes outputs and the summary; without them, as in other CIs, nothing is written. */
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';

export interface Outputs {
  readonly verdict?: string;
  readonly 'deployment-id'?: string;
  readonly 'execution-arn'?: string;
  readonly running?: string;
  readonly comment?: string;
}

export function setOutputs(variables: NodeJS.ProcessEnv, outputs: Outputs): void {
  const file = variables['GITHUB_OUTPUT'];
  if (!file) return;
  // The end mark is one that no value can contain on purpose.
  const mark = `lockstep-${randomBytes(12).toString('hex')}`;
  const lines = Object.entries(outputs).map(([name, value]) => `${name}<<${mark}\n${value}\n${mark}\n`);
  appendFileSync(file, lines.join(''));
}

export function addSummary(variables: NodeJS.ProcessEnv, markdown: string): void {
  const file = variables['GITHUB_STEP_SUMMARY'];
  if (file) appendFileSync(file, `${markdown}\n`);
}

/** The entry of the GitHub Action, and of any other CI: everything comes from variables, the exit code is the verdict's. */
import { report } from '../cli/report.ts';
import { runOf } from '../core/ci.ts';
import { LockstepError } from '../core/errors.ts';
import { readInputs } from './inputs.ts';
import { JobLog } from './log.ts';
import { errorSummary } from './markdown.ts';
import { addSummary } from './outputs.ts';
import { runJob } from './run.ts';

const variables = process.env;
const log = new JobLog(runOf(variables)?.system ?? 'shell', (text) => void process.stdout.write(text));
// A runner interrupts first, and terminates seven seconds later.
const cancelled = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => cancelled.abort(new Error('the job was cancelled')));

try {
  const inputs = readInputs(variables);
  process.exitCode = await runJob({ inputs, variables, log, signal: cancelled.signal });
} catch (error) {
  process.exitCode = report(error, { json: false, verbose: variables['RUNNER_DEBUG'] === '1' });
  const { message, remedy } =
    error instanceof LockstepError ? error : { message: (error as Error).message, remedy: '' };
  log.annotate('lockstep', message);
  addSummary(variables, errorSummary(message, remedy));
}

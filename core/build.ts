/** What a build that ended says: which phase failed, and why, from its phases and the last lines of its log. */
import { type ErrorData, type ErrorName, LockstepError } from './errors.ts';
import { recogniseTypeError } from './recognise.ts';

/** The part of CodeBuild's answer that is read. */
export interface EndedBuild {
  readonly buildStatus?: string | undefined;
  readonly timeoutInMinutes?: number | undefined;
  readonly phases?:
    | readonly {
        readonly phaseType?: string | undefined;
        readonly phaseStatus?: string | undefined;
        readonly contexts?:
          | readonly { readonly statusCode?: string | undefined; readonly message?: string | undefined }[]
          | undefined;
      }[]
    | undefined;
}

/** What CodeBuild calls its phases, and what happens in them. */
const PHASES: Readonly<Record<string, string>> = {
  SUBMITTED: 'being submitted',
  QUEUED: 'the queue',
  PROVISIONING: 'provisioning',
  DOWNLOAD_SOURCE: 'downloading the source',
  INSTALL: 'npm ci (INSTALL)',
  PRE_BUILD: 'prisma generate and the type check (PRE_BUILD)',
  BUILD: 'docker build and push (BUILD)',
  POST_BUILD: 'the release manifest (POST_BUILD)',
  UPLOAD_ARTIFACTS: 'leaving the release manifest (UPLOAD_ARTIFACTS)',
  FINALIZING: 'finishing',
};

/** The error of a build that did not succeed. `log` holds its last lines, oldest first. */
export function buildFailure(
  build: EndedBuild,
  log: readonly string[],
  tag: { tag: string; repository: string },
): LockstepError {
  // The first that neither succeeded nor goes on is the one that failed; later ones only follow from it.
  const failed = build.phases?.find(
    ({ phaseStatus }) => phaseStatus && !['SUCCEEDED', 'IN_PROGRESS'].includes(phaseStatus),
  );
  const detail = failed?.contexts
    ?.map(({ statusCode, message }) => [statusCode, message].filter(Boolean).join(': '))
    .join('; ');
  const error = (name: ErrorName, data: ErrorData) => new LockstepError(name, data, log);

  switch (build.buildStatus) {
    case 'FAULT':
      return error('BuildFault', { detail: detail || 'it does not say why' });
    case 'TIMED_OUT':
      return error('BuildTimedOut', { minutes: build.timeoutInMinutes ?? 60 });
    case 'STOPPED':
      return error('BuildFailed', { phase: 'the middle', detail: 'somebody stopped it' });
  }
  const typeError = recogniseTypeError(log);
  if (typeError) return error('TypeError', typeError);
  const generate = prismaGenerateProblem(log);
  if (generate) return error('PrismaGenerateFailed', { detail: generate });
  if (/tag is immutable|ImageTagAlreadyExistsException/i.test(log.join('\n'))) return error('TagTaken', tag);
  const phase = PHASES[failed?.phaseType ?? ''] ?? failed?.phaseType ?? 'no phase that it names';
  return error('BuildFailed', { phase, detail: decisiveLine(log) ?? detail ?? 'it does not say why' });
}

/** What `prisma generate` complains of: its first `error:` with the place that it points to, or else its heading. */
function prismaGenerateProblem(log: readonly string[]): string | undefined {
  const text = log.join('\n');
  if (
    !/Prisma schema validation|\bP1012\b|Could not (find|load) (Prisma|a) schema|prisma generate.*failed/i.test(
      text,
    )
  ) {
    return undefined;
  }
  const at = log.findIndex((line) => /^\s*error: /.test(line));
  if (at < 0) return log.find((line) => /^\s*Error: /.test(line))?.replace(/^\s*Error: /, '');
  const place = log
    .slice(at)
    .find((line) => /-->/.test(line))
    ?.replace(/^.*-->\s*/, '');
  const problem = log[at]?.replace(/^\s*error: /, '').trim();
  return place ? `${place}: ${problem}` : problem;
}

/** The line that a person would look for: an error of npm, of tsc, of docker, of a script. */
function decisiveLine(log: readonly string[]): string | undefined {
  const lines = log.map((line) => line.trim());
  return (
    lines.findLast((line) => /^(npm (error|ERR!) (code|[A-Z])|ERROR:|Error:|error:|fatal:)/.test(line)) ??
    lines.findLast((line) => /\berror\b/i.test(line) && !/Phase (complete|context)|State: FAILED/i.test(line))
  );
}

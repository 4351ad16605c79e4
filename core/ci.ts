/**
 * A CI's run, and the name that it gives an execution. The name is the same for whoever asks for the same thing in the
 * same run, so that a job that is run again finds the deployment of the first one instead of starting a second.
 */
import { type DeployRequest, NAME_LIMIT } from './request.ts';

export interface Run {
  readonly system: 'github' | 'gitlab' | 'buildkite' | 'shell';
  /** What tells the run from every other one of this system: digits at GitHub, GitLab and Buildkite. */
  readonly id: string;
  /** Counted from 1; undefined where the system does not count: whoever starts then looks which ones there are. */
  readonly attempt: number | undefined;
  /** The page of the run. */
  readonly url: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Undefined where no variable says which run this is; LOCKSTEP_RUN does so in any other CI or script. */
export function runOf(variables: Variables): Run | undefined {
  const own = variables['LOCKSTEP_RUN'];
  if (own) return { system: 'shell', id: own, attempt: undefined, url: undefined };
  const { GITHUB_RUN_ID, CI_PIPELINE_ID, BUILDKITE_BUILD_NUMBER } = variables;
  if (GITHUB_RUN_ID) {
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = variables;
    return {
      system: 'github',
      id: GITHUB_RUN_ID,
      attempt: Number(variables['GITHUB_RUN_ATTEMPT'] ?? 1),
      url: server && repository ? `${server}/${repository}/actions/runs/${GITHUB_RUN_ID}` : undefined,
    };
  }
  // A job that is run again has a new id at GitLab, and no number: the pipeline's is what stays.
  if (CI_PIPELINE_ID) {
    return {
      system: 'gitlab',
      id: CI_PIPELINE_ID,
      attempt: undefined,
      url: variables['CI_PIPELINE_URL'],
    };
  }
  // Numbers of builds count within a pipeline; two pipelines may deploy to one environment.
  if (BUILDKITE_BUILD_NUMBER) {
    return {
      system: 'buildkite',
      id: `${variables['BUILDKITE_PIPELINE_SLUG'] ?? 'build'}-${BUILDKITE_BUILD_NUMBER}`,
      attempt: Number(variables['BUILDKITE_RETRY_COUNT'] ?? 0) + 1,
      url: variables['BUILDKITE_BUILD_URL'],
    };
  }
  return undefined;
}

/**
 * `backend-production-a1b2c3d-run8412-1`, at most 80 characters: service, environment, commit, run and attempt; the
 * action too, where it is not `deploy`, since one run may publish and then update.
 */
export function runName(
  request: Pick<DeployRequest, 'service' | 'environment' | 'action'>,
  commit: string,
  run: Pick<Run, 'id'>,
  attempt: number,
): string {
  const action = request.action === 'deploy' ? '' : `-${request.action}`;
  const head = `${request.service}-${request.environment}-${named(commit.slice(0, 7))}${action}-run`;
  const tail = `-${attempt}`;
  // Only an id of one's own can be long; its end tells more than its beginning.
  const room = Math.max(1, NAME_LIMIT - head.length - tail.length);
  return `${head}${named(run.id).slice(-room)}${tail}`;
}

/** Only characters that a name may have: a tag or a branch may stand where no commit is named. */
const named = (text: string): string => text.replace(/[^\w-]+/g, '-');

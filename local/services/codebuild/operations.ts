/** Operations on projects and builds, but for StartBuild. */
import type {
  BatchGetBuildsCommandInput,
  BatchGetProjectsCommandInput,
  ListBuildsCommandInput,
  ListBuildsForProjectCommandInput,
  ListProjectsCommandInput,
  StopBuildCommandInput,
} from '@aws-sdk/client-codebuild';
import { operation, page } from '../../operation.ts';
import type { Operation } from '../../service.ts';
import { type Builds, invalidInput, notFound } from './model.ts';
import type { Queue } from './queue.ts';
import { showBuild, showProject } from './show.ts';

const A_PAGE = 100;
const badToken = () => invalidInput('Invalid next token');

export function codebuildOperations(builds: Builds, queue: Queue): Record<string, Operation> {
  const onBuild = (action: string) => (id: string) => ({
    action: `codebuild:${action}`,
    // Permissions on builds are permissions on their project.
    resource: builds.projectArn(id.replace(/^arn:[^/]*:build\//, '').split(':')[0] ?? ''),
  });
  return {
    BatchGetBuilds: operation<BatchGetBuildsCommandInput, object>('BatchGetBuilds', ['ids'], {
      permissions: (input) => (input.ids ?? []).map(onBuild('BatchGetBuilds')),
      run(input) {
        const ids = input.ids ?? [];
        if (ids.length > A_PAGE)
          throw invalidInput(`Invalid input: cannot get more than ${A_PAGE} builds at once`);
        const found = ids.map((id) => ({ id, build: builds.find(id) }));
        return {
          builds: found.flatMap(({ build }) => (build ? [showBuild(builds, build)] : [])),
          buildsNotFound: found.flatMap(({ id, build }) => (build ? [] : [id])),
        };
      },
    }),

    StopBuild: operation<StopBuildCommandInput, object>('StopBuild', ['id'], {
      permissions: (input) => [onBuild('StopBuild')(input.id ?? '')],
      async run(input) {
        const build = builds.find(input.id ?? '');
        if (!build) throw notFound(`Build cannot be found: ${input.id}`);
        queue.stop(build);
        return { build: showBuild(builds, build) };
      },
    }),

    ListBuilds: operation<ListBuildsCommandInput, object>('ListBuilds', ['sortOrder', 'nextToken'], {
      permissions: () => [{ action: 'codebuild:ListBuilds', resource: '*' }],
      run: (input) => listed(builds.ofProject(), input),
    }),

    ListBuildsForProject: operation<ListBuildsForProjectCommandInput, object>(
      'ListBuildsForProject',
      ['projectName', 'sortOrder', 'nextToken'],
      {
        permissions: (input) => [
          { action: 'codebuild:ListBuildsForProject', resource: builds.projectArn(input.projectName ?? '') },
        ],
        run: (input) => listed(builds.ofProject(builds.project(input.projectName ?? '').name), input),
      },
    ),

    BatchGetProjects: operation<BatchGetProjectsCommandInput, object>('BatchGetProjects', ['names'], {
      permissions: (input) =>
        (input.names ?? []).map((name) => ({
          action: 'codebuild:BatchGetProjects',
          resource: name.startsWith('arn:') ? name : builds.projectArn(name),
        })),
      run(input) {
        const names = (input.names ?? []).map((name) => name.replace(/^arn:[^/]*:project\//, ''));
        return {
          projects: names.flatMap((name) => {
            const project = builds.projects.get(name);
            return project ? [showProject(builds, project)] : [];
          }),
          projectsNotFound: names.filter((name) => !builds.projects.has(name)),
        };
      },
    }),

    ListProjects: operation<ListProjectsCommandInput, object>(
      'ListProjects',
      ['sortBy', 'sortOrder', 'nextToken'],
      {
        permissions: () => [{ action: 'codebuild:ListProjects', resource: '*' }],
        run(input) {
          const key = {
            NAME: (name: string) => name,
            CREATED_TIME: (name: string) => builds.projects.get(name)?.createdAt ?? 0,
            LAST_MODIFIED_TIME: (name: string) => builds.projects.get(name)?.updatedAt ?? 0,
          }[input.sortBy ?? 'NAME'];
          const names = builds.projects.values().map(({ name }) => name);
          names.sort((a, b) => (key(a) < key(b) ? -1 : 1));
          if (input.sortOrder === 'DESCENDING') names.reverse();
          const { items, nextToken } = page(names, input.nextToken, A_PAGE, badToken);
          return { projects: items, nextToken };
        },
      },
    ),
  };
}

/** Newest first, unless the caller wants it the other way round. */
function listed(
  newestFirst: readonly { readonly id: string }[],
  { sortOrder, nextToken: token }: { sortOrder?: string | undefined; nextToken?: string | undefined },
) {
  const ids = newestFirst.map(({ id }) => id);
  if (sortOrder === 'ASCENDING') ids.reverse();
  const { items, nextToken } = page(ids, token, A_PAGE, badToken);
  return { ids: items, nextToken };
}

/** `lockstep publish`: builds and pushes the image of a commit; with --image-tag, takes one that is there. */
import { EXIT_STILL_RUNNING, isGood, VERDICTS } from '../../core/verdict.ts';
import { runChecks } from '../checks.ts';
import {
  type Command,
  DEPLOYMENT_EXITS,
  DEPLOYMENT_OPTIONS,
  flag,
  type Invocation,
  text,
} from '../command.ts';
import { startAndFollow } from '../deployment.ts';
import { open, openCommit } from '../open.ts';
import { publishedBy, publishedLines } from '../published.ts';
import { rendererOf } from '../render/renderer.ts';
import { commitRequest, plainRequest, requestOptions } from '../request.ts';
import { timeoutOf } from '../target.ts';

export const publish: Command = {
  name: 'publish',
  summary: 'only build and push: what `update` releases afterwards',
  usage: '--service NAME --environment NAME [--commit COMMIT | --image-tag TAG] [--skip-checks]',
  options: {
    commit: { type: 'string', value: 'COMMIT', description: 'what to build; HEAD where it is left out' },
    'image-tag': {
      type: 'string',
      value: 'TAG',
      description: 'build nothing: this image becomes what `update` releases',
    },
    'skip-checks': {
      type: 'boolean',
      description: 'do not run the project’s type check, tests and build first',
    },
    ...DEPLOYMENT_OPTIONS,
  },
  examples: [
    'lockstep publish --service backend --environment dev',
    'lockstep publish --service backend --environment production',
    'lockstep publish --service backend --environment production --image-tag a1b2c3d',
  ],
  exits: DEPLOYMENT_EXITS,
  async run(invocation) {
    const renderer = rendererOf(invocation);
    const note = (line: string) => renderer.show({ type: 'note', text: line });
    const imageTag = text(invocation, 'image-tag');
    const { cloud, request } =
      imageTag === undefined ? await ofCommit(invocation, note) : await ofImage(invocation, imageTag);
    const end = await startAndFollow(cloud, request, {
      renderer,
      signal: invocation.signal,
      ...timeoutOf(invocation),
    });
    if (end.type === 'verdict' && isGood(end.verdict)) {
      const published = await publishedBy(cloud, end.deploymentId);
      if (published) for (const line of publishedLines(published)) note(line);
    }
    renderer.show(end);
    return end.type === 'verdict' ? VERDICTS[end.verdict].exit : EXIT_STILL_RUNNING;
  },
};

async function ofImage(invocation: Invocation, imageTag: string) {
  const opened = await open(invocation);
  return {
    cloud: opened.cloud,
    request: plainRequest(opened, 'publish', { imageTag, ...requestOptions(invocation) }),
  };
}

async function ofCommit(invocation: Invocation, note: (line: string) => void) {
  const opened = await openCommit(invocation);
  const { repository, service, environment } = opened;
  const path = environment.services[service]?.path ?? '.';
  if (text(invocation, 'commit') !== undefined)
    note(
      'note: the checks run on the working tree, and not on a commit that is named; the build checks types',
    );
  else if (!flag(invocation, 'skip-checks'))
    await runChecks(repository.root, path, { note, signal: invocation.signal });
  const request = await commitRequest(opened, 'publish', note);
  return { cloud: opened.cloud, request: { ...request, ...requestOptions(invocation) } };
}

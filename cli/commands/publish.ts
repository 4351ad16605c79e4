/** `lockstep publish`: builds and pushes the image of a commit; with --image-tag, takes one that is there. */
import { type Command, DEPLOYMENT_EXITS, DEPLOYMENT_OPTIONS, text } from '../command.ts';
import { followToEnd } from '../deployment.ts';
import { open, openCommit } from '../open.ts';
import { rendererOf } from '../render/renderer.ts';
import { commitRequest, plainRequest, requestOptions } from '../request.ts';
import { timeoutOf } from '../target.ts';

export const publish: Command = {
  name: 'publish',
  summary: 'only build and push: what `update` releases afterwards',
  usage: '--service NAME --environment NAME [--commit COMMIT | --image-tag TAG]',
  options: {
    commit: { type: 'string', value: 'COMMIT', description: 'what to build; HEAD where it is left out' },
    'image-tag': {
      type: 'string',
      value: 'TAG',
      description: 'build nothing: this image becomes what `update` releases',
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
    const following = { renderer, signal: invocation.signal, ...timeoutOf(invocation) };
    const imageTag = text(invocation, 'image-tag');
    if (imageTag !== undefined) {
      const opened = await open(invocation);
      const request = plainRequest(opened, 'publish', { imageTag, ...requestOptions(invocation) });
      return followToEnd(opened.cloud, request, following);
    }
    const opened = await openCommit(invocation);
    const request = await commitRequest(opened, 'publish', (line) =>
      renderer.show({ type: 'note', text: line }),
    );
    return followToEnd(opened.cloud, { ...request, ...requestOptions(invocation) }, following);
  },
};

/** `lockstep update`: releases what was published last, or an image that is named. */
import { type Command, DEPLOYMENT_EXITS, DEPLOYMENT_OPTIONS, FREEZE_OPTION, flag, text } from '../command.ts';
import { followToEnd, startOnly } from '../deployment.ts';
import { open } from '../open.ts';
import { rendererOf } from '../render/renderer.ts';
import { plainRequest, requestOptions } from '../request.ts';
import { timeoutOf } from '../target.ts';

export const update: Command = {
  name: 'update',
  summary: 'only release what was published',
  usage:
    '--service NAME --environment NAME [--image-tag TAG | --image-digest DIGEST] [--no-migrate] [--wait]',
  options: {
    'image-tag': {
      type: 'string',
      value: 'TAG',
      description: 'release this image; what was published last where it is left out',
    },
    'image-digest': { type: 'string', value: 'DIGEST', description: 'release this image' },
    'no-migrate': { type: 'boolean', description: 'refuse where a migration is pending, rather than run it' },
    wait: { type: 'boolean', description: 'follow the deployment to its verdict' },
    ...FREEZE_OPTION,
    ...DEPLOYMENT_OPTIONS,
  },
  examples: [
    'lockstep update --service backend --environment production --wait',
    'lockstep update --service backend --environment production --image-tag a1b2c3d --wait',
    'lockstep update --service backend --environment dev --no-migrate',
  ],
  exits: DEPLOYMENT_EXITS,
  async run(invocation) {
    const opened = await open(invocation);
    const imageTag = text(invocation, 'image-tag');
    const imageDigest = text(invocation, 'image-digest');
    const request = plainRequest(opened, 'update', {
      migrate: !flag(invocation, 'no-migrate'),
      ...(imageTag && { imageTag }),
      ...(imageDigest && { imageDigest }),
      ...requestOptions(invocation),
    });
    const renderer = rendererOf(invocation);
    if (!flag(invocation, 'wait')) return startOnly(opened.cloud, request, renderer);
    return followToEnd(opened.cloud, request, {
      renderer,
      signal: invocation.signal,
      ...timeoutOf(invocation),
    });
  },
};

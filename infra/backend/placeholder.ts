/**
 * What a service runs before its first release. ECS must see healthy tasks for the stack to complete, and there is no
 * image of ours yet: a stock Node image, which also brings the curl of the health check, answers every path with
 * `healthy`. The container is marked with a label, so that the first release takes the image's own command
 * (core/task-definition.ts).
 */
import { PLACEHOLDER_LABEL } from '../../core/task-definition.ts';

export const PLACEHOLDER = {
  image: 'public.ecr.aws/docker/library/node:24',
  command: [
    'node',
    '-e',
    [
      "const answer = JSON.stringify({ status: 'healthy', release: 'none' });",
      "const json = { 'content-type': 'application/json' };",
      "const server = require('node:http').createServer((_, response) => response.writeHead(200, json).end(answer));",
      'server.listen(Number(process.env.PORT));',
      "process.on('SIGTERM', () => process.exit(0));",
    ].join(' '),
  ],
  labels: { [PLACEHOLDER_LABEL]: 'command' },
} as const;

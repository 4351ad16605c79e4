/** `lockstep rollback`: goes back to the last release that is proven healthy, or to one that is named. */
import { describeService } from '../../aws/ecs.ts';
import { clientsOf } from '../../aws/lazy-clients.ts';
import { rollbackChoice } from '../../aws/rollback-choice.ts';
import { settingsOf } from '../../core/plan.ts';
import { type Command, DEPLOYMENT_EXITS, DEPLOYMENT_OPTIONS, flag, text } from '../command.ts';
import { confirm } from '../confirm.ts';
import { followToEnd } from '../deployment.ts';
import { open } from '../open.ts';
import { rendererOf } from '../render/renderer.ts';
import { plainRequest, requestOptions } from '../request.ts';
import { timeoutOf } from '../target.ts';

export const rollback: Command = {
  name: 'rollback',
  summary: 'go back to a release that is proven healthy',
  usage: '--service NAME --environment NAME [--to TAG|REVISION|DEPLOYMENT] [--yes]',
  options: {
    to: {
      type: 'string',
      value: 'RELEASE',
      description:
        'a tag, a revision (backend-production:41) or a deployment’s id; else the newest proven one',
    },
    yes: { type: 'boolean', description: 'do not ask; needed where there is no terminal' },
    ...DEPLOYMENT_OPTIONS,
  },
  examples: [
    'lockstep rollback --service backend --environment production',
    'lockstep rollback --service backend --environment production --to backend-production:41 --yes',
    'lockstep rollback --service backend --environment production --to a1b2c3d --reason "orders are lost"',
  ],
  exits: DEPLOYMENT_EXITS,
  async run(invocation) {
    const opened = await open(invocation);
    const renderer = rendererOf(invocation);
    const { cloud, service, environmentName: environment } = opened;
    const settings = settingsOf(opened.environment, environment, service);
    const now = settings && (await describeService(await clientsOf(cloud).ecs(), settings));
    const taskDefinition = now?.taskDefinition;
    const place = { journal: cloud.journal, service, environment, taskDefinition };
    const choice = await rollbackChoice(place, text(invocation, 'to'));
    renderer.show({ type: 'note', text: choice.sentence });
    if (!flag(invocation, 'yes') && !(await confirm('Go back?', invocation.signal))) {
      renderer.show({ type: 'note', text: 'Nothing was changed.' });
      return 0;
    }
    const request = plainRequest(opened, 'rollback', {
      ...requestOptions(invocation),
      rollbackTo: choice.to,
      allowOlder: true,
    });
    return followToEnd(cloud, request, {
      renderer,
      signal: invocation.signal,
      ...timeoutOf(invocation),
    });
  },
};

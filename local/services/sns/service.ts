/** SNS: topics whose messages reach functions and web servers of this machine, and are kept to be looked at. */
import * as sdk from '@aws-sdk/client-sns';
import type { Route, Service, World } from '../../service.ts';
import { CONFIRM_PATH, Deliveries } from './deliver.ts';
import { Topics } from './model.ts';
import { snsProvisioners } from './provision.ts';
import { publishOperations } from './publish.ts';
import { confirm, subscriptionOperations } from './subscriptions.ts';
import { topicOperations } from './topics.ts';

export { type PublishedMessage, publishedMessages } from './model.ts';

export function create(world: World): { service: Service } {
  const topics = new Topics(world);
  const deliveries = new Deliveries(world, topics);
  return {
    service: {
      signingName: 'sns',
      sdk,
      operations: {
        ...topicOperations(world, topics),
        ...subscriptionOperations(world, topics, deliveries),
        ...publishOperations(world, topics, deliveries),
      },
      provisioners: snsProvisioners(topics, deliveries),
      routes: [confirmRoute(topics)],
      stop: () => deliveries.stop(),
      differences: [
        'Functions and web servers on 127.0.0.1 can subscribe; queues, e-mail and text messages are refused.',
        'Messages carry no signature, and a topic’s own policy grants and denies nothing.',
        'The last 100 messages of each topic are kept.',
      ],
    },
  };
}

/** What a web server calls to confirm its subscription; the token is all it needs, as with AWS. */
function confirmRoute(topics: Topics): Route {
  return {
    prefix: CONFIRM_PATH,
    handle(request, response) {
      const query = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams;
      const confirmed = confirm(topics, query.get('TopicArn') ?? '', query.get('Token') ?? '');
      response.writeHead(confirmed ? 200 : 400, { 'content-type': 'text/xml' });
      response.end(
        confirmed
          ? `<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ConfirmSubscriptionResult><SubscriptionArn>${confirmed.arn}</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>`
          : '<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>Invalid token</Message></Error></ErrorResponse>',
      );
    },
  };
}

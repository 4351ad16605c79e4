/** SNS: one message to whoever subscribes to the topic. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';

/** `attributes` are for subscriptions that filter, for example by verdict. */
export async function publish(
  sns: SNSClient,
  topicArn: string,
  message: {
    readonly subject: string;
    readonly text: string;
    readonly attributes: Readonly<Record<string, string>>;
  },
): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      // SNS takes ASCII without line breaks, fewer than 100 characters.
      Subject: message.subject.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 99),
      Message: message.text,
      MessageAttributes: Object.fromEntries(
        Object.entries(message.attributes).map(([name, value]) => [
          name,
          { DataType: 'String', StringValue: value },
        ]),
      ),
    }),
  );
}

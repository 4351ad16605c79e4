/** The topic that tells of every deployment's end and of the deployer's own alarms. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { topicName } from '../../core/names.ts';

export class Notifications extends Construct {
  readonly topic: Topic;
  readonly key: Key;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly environmentName: string; readonly account: string },
  ) {
    super(scope, id);
    // A key of our own, because CloudWatch alarms cannot publish to a topic under the key that AWS manages.
    this.key = new Key(this, 'Key', {
      description: `Encrypts ${topicName(props.environmentName)}.`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const alarms = new ServicePrincipal('cloudwatch.amazonaws.com');
    const fromThisAccount = { StringEquals: { 'aws:SourceAccount': props.account } };
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsEncrypt',
        principals: [alarms],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // In a key's policy `*` is this key.
        resources: ['*'],
        conditions: fromThisAccount,
      }),
    );
    this.topic = new Topic(this, 'Topic', {
      topicName: topicName(props.environmentName),
      displayName: `Lockstep deployments to ${props.environmentName}`,
      masterKey: this.key,
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [alarms],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: fromThisAccount,
      }),
    );
  }
}

/** What a Lockstep keeps: who holds which lock, the journal of deployments, sources and release manifests. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  artefactsBucketName,
  DEPLOYMENTS_BY_ID,
  deploymentsTableName,
  locksTableName,
} from '../../core/names.ts';

export interface StorageProps {
  readonly environmentName: string;
  readonly region: string;
  readonly account: string;
}

export class Storage extends Construct {
  /** One item a service: who deploys it now (core/journal.ts, `LockItem`). */
  readonly locks: Table;
  /** One item a deployment (core/journal.ts, `JournalEntry`). */
  readonly deployments: Table;
  /** `sources/`, `branches/`, `builds/`, `releases/`, `commits/`, `published/`, `environments/` (core/release.ts), `judgements/`, `rehearsals/`. */
  readonly artefacts: IBucket;

  constructor(scope: Construct, id: string, props: StorageProps) {
    super(scope, id);
    this.locks = new Table(this, 'Locks', {
      tableName: locksTableName(props.environmentName),
      partitionKey: { name: 'lockId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      // Clean-up only: DynamoDB may delete two days late. A lock is free when the condition says so.
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.locks).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason:
        'A lock lives for minutes; restoring one from a backup would lock a service that nobody deploys.',
    });

    this.deployments = new Table(this, 'Deployments', {
      tableName: deploymentsTableName(props.environmentName),
      partitionKey: { name: 'target', type: AttributeType.STRING },
      sortKey: { name: 'startedAt', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.deployments.addGlobalSecondaryIndex({
      indexName: DEPLOYMENTS_BY_ID,
      partitionKey: { name: 'deploymentId', type: AttributeType.STRING },
      // Whose deployment an id is, and no more: the evidence is not kept twice, and who reads the index reads none of it.
      projectionType: ProjectionType.KEYS_ONLY,
    });

    this.artefacts = new Bucket(this, 'Artefacts', {
      bucketName: artefactsBucketName(props, props.environmentName),
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        // What was built stays known by its manifest under releases/, which never expires.
        { id: 'sources', prefix: 'sources/', expiration: Duration.days(30) },
        { id: 'builds', prefix: 'builds/', expiration: Duration.days(30) },
        // A rehearsed base is found by the history it was made from, and every release with a migration makes that another one.
        { id: 'rehearsals', prefix: 'rehearsals/', expiration: Duration.days(14) },
        {
          id: 'old-versions',
          noncurrentVersionExpiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
      ],
    }) as IBucket;
    Validations.of(this.artefacts).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Only the roles of this stack read it, and their calls are in CloudTrail; access logs would need a second bucket.',
    });
  }
}

/** A PostgreSQL server in closed subnets. Its secret holds host, port, dbname, username, password and engine. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { InstanceType, type IVpc, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  CaCertificate,
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Environment } from '../../core/environment.ts';

export interface DatabaseProps {
  readonly vpc: IVpc;
  /** The instance's identifier. */
  readonly instance: string;
  readonly secretName: string;
  /** Name of the service: also the database's and its owner's. */
  readonly service: string;
  readonly sizes: Environment['stack'];
  /** The only group that reaches it. */
  readonly clients: SecurityGroup;
}

export class Database extends Construct {
  readonly instance: DatabaseInstance;
  readonly secret: ISecret;

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    const { sizes, vpc } = props;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: `The database of ${props.service}: lets in its service, lets nothing out.`,
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(props.clients, Port.tcp(5432), `Tasks of ${props.service}`);

    // The same major version that the embedded AWS runs and that migrations are rehearsed on.
    const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18 });
    const owner = props.service.replaceAll('-', '_');
    this.instance = new DatabaseInstance(this, 'Instance', {
      instanceIdentifier: props.instance,
      engine,
      instanceType: new InstanceType(sizes.databaseClass.replace(/^db\./, '')),
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
      databaseName: owner,
      credentials: Credentials.fromGeneratedSecret(owner, { secretName: props.secretName }),
      allocatedStorage: sizes.databaseStorage,
      maxAllocatedStorage: sizes.databaseStorage * 5,
      storageType: StorageType.GP3,
      storageEncrypted: true,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      multiAz: sizes.databaseMultiAz,
      backupRetention: Duration.days(sizes.databaseBackupDays),
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: true,
      deletionProtection: sizes.deletionProtection,
      deleteAutomatedBackups: false,
      // A deleted stack leaves a last snapshot.
      removalPolicy: RemovalPolicy.SNAPSHOT,
      parameterGroup: new ParameterGroup(this, 'Parameters', {
        engine,
        description: `Settings of ${props.instance}.`,
        parameters: {
          // What troubleshooting asks for: slow statements, and who waited for whom.
          log_min_duration_statement: '500',
          log_lock_waits: '1',
          // Who connects without TLS is turned away (docs/decisions/0009-tls-to-the-database.md).
          'rds.force_ssl': '1',
        },
      }),
      cloudwatchLogsExports: ['postgresql'],
    });
    const { secret } = this.instance;
    if (!secret) throw new Error('A generated secret is always there.');
    this.secret = secret;

    Validations.of(this.instance).acknowledge(
      {
        id: 'AwsSolutions-RDS11',
        reason: 'PostgreSQL’s own port: what keeps others out is the security group, not an unusual number.',
      },
      {
        id: 'AwsSolutions-SMG4',
        reason:
          'Tasks read the secret when they start: a password that changes under them would need a deployment each time.',
      },
      {
        id: 'AwsSolutions-RDS3',
        reason: 'The environment file decides ("stack": {"databaseMultiAz": …}); production has a standby.',
      },
      {
        id: 'AwsSolutions-RDS10',
        reason: 'The environment file decides ("stack": {"deletionProtection": …}); production is protected.',
      },
    );
  }
}

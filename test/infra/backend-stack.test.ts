import { changed, files, flat, ofType, synthesized } from './stacks.ts';

const templates = synthesized(files('dev', 'production'));
const production = templates['backend-production'];
const dev = templates['backend-dev'];
const only = (template: typeof production, type: string) => {
  const found = ofType(template, type);
  expect(found).toHaveLength(1);
  return found[0]?.[1].Properties;
};

describe('who reaches whom', () => {
  const groups = ofType(production, 'AWS::EC2::SecurityGroup');
  const groupOf = (part: RegExp) => groups.find(([id]) => part.test(id))?.[0] ?? '';
  const [tasks, database, balancer] = [/Tasks/, /DatabaseSecurityGroup/, /LoadBalancer/].map(groupOf);
  const inside = ofType(production, 'AWS::EC2::SecurityGroupIngress').map(([, { Properties }]) => ({
    to: Properties.GroupId['Fn::GetAtt'][0],
    from: Properties.SourceSecurityGroupId?.['Fn::GetAtt'][0],
    port: [Properties.FromPort, Properties.ToPort],
  }));
  const fromAddresses = groups.flatMap(([id, { Properties }]) =>
    (Properties.SecurityGroupIngress ?? []).map((rule: { CidrIp: string; FromPort: number }) => [
      id,
      rule.CidrIp,
      rule.FromPort,
    ]),
  );

  test('the backend and nothing else reaches RDS', () => {
    expect(inside.filter(({ to }) => to === database)).toEqual([
      { to: database, from: tasks, port: [5432, 5432] },
    ]);
    expect(fromAddresses.filter(([to]) => to === database)).toEqual([]);
    expect(only(production, 'AWS::RDS::DBInstance')).toMatchObject({
      PubliclyAccessible: false,
      VPCSecurityGroups: [{ 'Fn::GetAtt': [database, 'GroupId'] }],
    });
  });

  test('the load balancer and nothing else reaches the backend', () => {
    expect(inside.filter(({ to }) => to === tasks)).toEqual([
      { to: tasks, from: balancer, port: [4000, 4000] },
    ]);
    expect(fromAddresses.filter(([to]) => to === tasks)).toEqual([]);
  });

  test('the world reaches the load balancer and nothing else', () => {
    expect(fromAddresses).toEqual([[balancer, '0.0.0.0/0', 80]]);
  });

  test('tasks and the database stand in subnets without a public address', () => {
    const service = only(production, 'AWS::ECS::Service');
    expect(service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp).toBe('DISABLED');
    const subnets = service.NetworkConfiguration.AwsvpcConfiguration.Subnets.map(flat);
    const used = [...subnets, ...only(production, 'AWS::RDS::DBSubnetGroup').SubnetIds.map(flat)].map(
      (ref: string) => ref.slice(1, -1),
    );
    for (const id of used) expect(production?.Resources[id]?.Properties.MapPublicIpOnLaunch).toBe(false);
  });
});

describe('the service', () => {
  test('has the guide’s container health check', () => {
    const [container] = only(production, 'AWS::ECS::TaskDefinition').ContainerDefinitions;
    expect(container.HealthCheck).toEqual({
      Command: ['CMD-SHELL', 'curl -f http://localhost:4000/api/health || exit 1'],
      Interval: 30,
      Timeout: 5,
      Retries: 3,
      StartPeriod: 60,
    });
  });

  test('goes back by itself, and never has fewer healthy tasks than before', () => {
    expect(only(production, 'AWS::ECS::Service').DeploymentConfiguration).toEqual({
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
    });
  });

  test('scales by itself in production only, and then the stack says no count', () => {
    expect(only(production, 'AWS::ApplicationAutoScaling::ScalableTarget')).toMatchObject({
      MinCapacity: 2,
      MaxCapacity: 10,
    });
    expect(only(production, 'AWS::ECS::Service').DesiredCount).toBeUndefined();
    expect(ofType(dev, 'AWS::ApplicationAutoScaling::ScalableTarget')).toEqual([]);
    expect(only(dev, 'AWS::ECS::Service').DesiredCount).toBe(1);
  });

  test('is named and logged as the guide says', () => {
    expect(only(production, 'AWS::ECS::Service').ServiceName).toBe('backend');
    expect(only(production, 'AWS::ECS::TaskDefinition').Family).toBe('backend-production');
    const names = ofType(production, 'AWS::Logs::LogGroup').map(
      ([, { Properties }]) => Properties.LogGroupName,
    );
    expect(names).toContain('production-backend');
  });

  test('gets the database by the keys of its secret, and the token of its status page', () => {
    const [container] = only(production, 'AWS::ECS::TaskDefinition').ContainerDefinitions;
    const secrets = Object.fromEntries(
      container.Secrets.map(({ Name, ValueFrom }: { Name: string; ValueFrom: unknown }) => [
        Name,
        flat(ValueFrom).replace(/^<.*>/, ''),
      ]),
    );
    expect(secrets).toEqual({
      DATABASE_HOST: ':host::',
      DATABASE_PORT: ':port::',
      DATABASE_NAME: ':dbname::',
      DATABASE_USERNAME: ':username::',
      DATABASE_PASSWORD: ':password::',
      STATUS_TOKEN: '',
    });
  });
});

describe('a later change of the stack does not touch what runs', () => {
  test('the service follows its family and not the stand-in’s revision', () => {
    expect(only(production, 'AWS::ECS::Service').TaskDefinition).toBe('backend-production');
  });

  test('other sizes and variables in the environment file register no stand-in anew', () => {
    const bigger = changed('production', (environment) => {
      environment.resources = { cpu: 2048, memory: 4096 };
      const { backend } = environment.services;
      if (backend) backend.environment = { FEATURE: 'on' };
    });
    const other = synthesized([bigger])['backend-production'];
    expect(only(other, 'AWS::ECS::TaskDefinition')).toEqual(only(production, 'AWS::ECS::TaskDefinition'));
  });

  test('the stand-in is marked, so that the first release leaves its command behind', () => {
    const [container] = only(production, 'AWS::ECS::TaskDefinition').ContainerDefinitions;
    expect(container.DockerLabels).toEqual({ 'lockstep.placeholder': 'command' });
    expect(container.Command[0]).toBe('node');
  });
});

describe('images', () => {
  test('tags of commits cannot be moved in production, those of caches can', () => {
    expect(only(production, 'AWS::ECR::Repository')).toMatchObject({
      ImageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      ImageTagMutabilityExclusionFilters: [
        {
          ImageTagMutabilityExclusionFilterType: 'WILDCARD',
          ImageTagMutabilityExclusionFilterValue: 'latest',
        },
        {
          ImageTagMutabilityExclusionFilterType: 'WILDCARD',
          ImageTagMutabilityExclusionFilterValue: 'cache*',
        },
      ],
    });
    expect(only(dev, 'AWS::ECR::Repository').ImageTagMutability).toBe('MUTABLE');
  });

  test('do not expire because they lost their tag, nor proven ones because others came: a rollback may need them', () => {
    const rules = JSON.parse(only(dev, 'AWS::ECR::Repository').LifecyclePolicy.LifecyclePolicyText).rules;
    expect(rules).toEqual([
      expect.objectContaining({
        rulePriority: 1,
        selection: {
          tagStatus: 'tagged',
          tagPatternList: ['proven-*'],
          countType: 'imageCountMoreThan',
          countNumber: 100,
        },
      }),
      expect.objectContaining({
        rulePriority: 2,
        selection: expect.objectContaining({ tagStatus: 'any', countType: 'imageCountMoreThan' }),
      }),
    ]);
  });
});

describe('the database', () => {
  test('is encrypted, backed up, and leaves a snapshot when the stack goes', () => {
    const [[, instance] = []] = ofType(production, 'AWS::RDS::DBInstance');
    expect(instance).toMatchObject({
      DeletionPolicy: 'Snapshot',
      Properties: {
        Engine: 'postgres',
        StorageEncrypted: true,
        BackupRetentionPeriod: 30,
        MultiAZ: true,
        DeletionProtection: true,
        EnableCloudwatchLogsExports: ['postgresql'],
      },
    });
    expect(Number(instance?.Properties.EngineVersion)).toBeGreaterThanOrEqual(15);
  });

  test('turns away who connects without TLS', () => {
    const [[, group] = []] = ofType(production, 'AWS::RDS::DBParameterGroup');
    expect(group?.Properties.Parameters).toMatchObject({ 'rds.force_ssl': '1' });
  });
});

test('the alarms and graphs that the guide names are there', () => {
  const alarms = ofType(production, 'AWS::CloudWatch::Alarm').map(
    ([, { Properties }]) => Properties.AlarmName,
  );
  expect(alarms.sort()).toEqual(
    ['5xx', 'cpu', 'db-connections', 'latency', 'memory', 'unhealthy-hosts'].map(
      (kind) => `production-backend-${kind}`,
    ),
  );
  const { backend } = files('production')[0]?.environment.services ?? {};
  expect(alarms).toEqual(expect.arrayContaining(backend?.health.alarms ?? []));
  expect(flat(only(production, 'AWS::CloudWatch::Dashboard').DashboardBody)).toMatch(
    /RequestCount.*TargetResponseTime.*DatabaseConnections/s,
  );
});

test('a certificate makes the load balancer speak TLS, and sends plain requests there', () => {
  const secured = synthesized([
    changed('production', (environment) => {
      environment.stack.certificate = 'arn:aws:acm:eu-central-1:123456789012:certificate/1';
    }),
  ])['backend-production'];
  const listeners = ofType(secured, 'AWS::ElasticLoadBalancingV2::Listener').map(([, { Properties }]) => [
    Properties.Port,
    Properties.Protocol,
    Properties.DefaultActions[0].Type,
  ]);
  expect(listeners.sort()).toEqual([
    [443, 'HTTPS', 'forward'],
    [80, 'HTTP', 'redirect'],
  ]);
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub's placeholders are what is tested.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-sts';
import { readAssembly, type Template } from '../../../local/provision/assembly.ts';
import { provision } from '../../../local/provision/provision.ts';
import type { Place, Provisioner, Service } from '../../../local/service.ts';
import { openTestWorld, type TestWorld } from '../../setup/world.ts';

let world: TestWorld;
let made: { properties: Record<string, unknown>; place: Place }[];
let removed: string[];

/** A type that keeps what it was asked for. */
const box: Provisioner = {
  honours: ['Name', 'Value', 'Values', 'Other'],
  ignores: { Tags: 'not here' },
  provision(properties, place) {
    made.push({ properties: { ...properties }, place });
    return {
      ref: `ref-${place.logicalId}`,
      attributes: { Arn: `arn:${place.logicalId}`, 'Endpoint.Port': 5432 },
    };
  },
  remove: (previous) => void removed.push(previous.ref),
};

beforeEach(async () => {
  made = [];
  removed = [];
  world = await openTestWorld({ services: ['iam'] });
  const service: Service = { signingName: 'test', sdk, operations: {}, provisioners: { 'Test::Box': box } };
  (world.services as Map<string, Service>).set('test', service);
});
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  await world.close();
});

function assemblyOf(...stacks: [name: string, template: Template][]) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-assembly-'));
  folders.push(folder);
  const artifacts: Record<string, unknown> = {};
  let before: string | undefined;
  for (const [name, template] of stacks) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(template));
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      properties: { templateFile: `${name}.json` },
      dependencies: before ? [before] : [],
    };
    before = name;
  }
  mkdirSync(join(folder, 'asset.1'));
  artifacts['assets'] = { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } };
  const files = { a: { source: { path: 'asset.1' }, destinations: { d: { objectKey: 'abc.zip' } } } };
  writeFileSync(join(folder, 'assets.json'), JSON.stringify({ files }));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts }));
  return { folder, assembly: readAssembly(folder) };
}

const propertiesOf = (logicalId: string) =>
  made.find(({ place }) => place.logicalId === logicalId)?.properties;

async function resolved(value: unknown, template: Partial<Template> = {}): Promise<unknown> {
  const { assembly } = assemblyOf([
    'S',
    {
      ...template,
      Resources: { Other: { Type: 'Test::Box' }, Box: { Type: 'Test::Box', Properties: { Value: value } } },
    },
  ]);
  await provision({ world, assembly });
  return propertiesOf('Box')?.['Value'];
}

test.each<[string, unknown, unknown]>([
  ['Ref of a resource', { Ref: 'Other' }, 'ref-Other'],
  ['Ref of a parameter', { Ref: 'Size' }, 'big'],
  [
    'pseudo parameters',
    { 'Fn::Sub': '${AWS::Region}/${AWS::AccountId}/${AWS::Partition}/${AWS::URLSuffix}/${AWS::StackName}' },
    'us-east-1/000000000000/aws/amazonaws.com/S',
  ],
  ['GetAtt as list', { 'Fn::GetAtt': ['Other', 'Arn'] }, 'arn:Other'],
  ['GetAtt with a dotted attribute', { 'Fn::GetAtt': ['Other', 'Endpoint.Port'] }, 5432],
  [
    'Sub with variables, attributes and literals',
    { 'Fn::Sub': ['${A}-${Other.Arn}-${Other}-${!B}', { A: { Ref: 'Size' } }] },
    'big-arn:Other-ref-Other-${B}',
  ],
  ['Join', { 'Fn::Join': [':', ['a', { Ref: 'Other' }, 3]] }, 'a:ref-Other:3'],
  ['Select of Split', { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
  ['If', { 'Fn::If': ['IsBig', 'yes', 'no'] }, 'yes'],
  ['If with NoValue in a list', ['a', { 'Fn::If': ['IsSmall', 'b', { Ref: 'AWS::NoValue' }] }], ['a']],
  ['nested conditions', { 'Fn::If': ['Both', 1, 2] }, 2],
  ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'Size' }, 'cpu'] }, 1024],
  ['GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'us-east-1a'],
])('%s', async (_name, value, expected) => {
  const template = {
    Parameters: { Size: { Type: 'String', Default: 'big' } },
    Mappings: { Sizes: { big: { cpu: 1024 } } },
    Conditions: {
      IsBig: { 'Fn::Equals': [{ Ref: 'Size' }, 'big'] },
      IsSmall: { 'Fn::Not': [{ Condition: 'IsBig' }] },
      Both: {
        'Fn::And': [
          { Condition: 'IsBig' },
          { 'Fn::Or': [{ Condition: 'IsSmall' }, { Condition: 'IsSmall' }] },
        ],
      },
    },
  };
  expect(await resolved(value, template)).toEqual(expected);
});

test('an intrinsic function that is not known is refused with the place', async () => {
  await expect(resolved({ 'Fn::Cidr': ['10.0.0.0/16', 2] })).rejects.toThrow(
    'S/Box (Test::Box): the intrinsic function Fn::Cidr is not supported here',
  );
});

test('resources are made after those that they refer to, whatever the order of the template', async () => {
  const { assembly } = assemblyOf([
    'S',
    {
      Resources: {
        A: { Type: 'Test::Box', Properties: { Value: { 'Fn::Sub': '${B.Arn}' } } },
        B: { Type: 'Test::Box', DependsOn: ['C'] },
        C: { Type: 'Test::Box' },
      },
    },
  ]);
  await provision({ world, assembly });
  expect(made.map(({ place }) => place.logicalId)).toEqual(['C', 'B', 'A']);
});

test('a circular reference is an error that shows the circle', async () => {
  const { assembly } = assemblyOf([
    'S',
    {
      Resources: {
        A: { Type: 'Test::Box', Properties: { Value: { Ref: 'B' } } },
        B: { Type: 'Test::Box', Properties: { Value: { Ref: 'A' } } },
      },
    },
  ]);
  await expect(provision({ world, assembly })).rejects.toThrow('S: circular reference A → B → A');
});

test('unknown types and properties are all named at once, before anything is made', async () => {
  const { assembly } = assemblyOf([
    'S',
    {
      Resources: {
        A: { Type: 'Test::Box', Properties: { Colour: 'red', Tags: [] } },
        B: { Type: 'AWS::Quantum::Computer' },
        C: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
      },
    },
  ]);
  await expect(provision({ world, assembly })).rejects.toThrow(
    'The embedded AWS cannot make this template:\n' +
      '  S/A (Test::Box): the property Colour is not known\n' +
      '  S/B (AWS::Quantum::Computer): the resource type is not known',
  );
  expect(made).toEqual([]);
});

test('types that mean nothing here still give references of the right form', async () => {
  const { assembly } = assemblyOf([
    'S',
    {
      Resources: {
        Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.1.0.0/16' } },
        Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' } } },
        Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { VpcId: { Ref: 'Vpc' } } },
        Box: {
          Type: 'Test::Box',
          Properties: {
            Values: [
              { Ref: 'Vpc' },
              { Ref: 'Subnet' },
              { 'Fn::GetAtt': ['Group', 'GroupId'] },
              { 'Fn::GetAtt': ['Vpc', 'CidrBlock'] },
            ],
          },
        },
      },
    },
  ]);
  await provision({ world, assembly });
  expect(propertiesOf('Box')?.['Values']).toEqual([
    expect.stringMatching(/^vpc-[0-9a-f]{17}$/),
    expect.stringMatching(/^subnet-[0-9a-f]{17}$/),
    expect.stringMatching(/^sg-[0-9a-f]{17}$/),
    '10.1.0.0/16',
  ]);
});

test('a second start hands over what the first one made, and drops what the template lost', async () => {
  const both = { A: { Type: 'Test::Box', Properties: { Value: 1 } }, B: { Type: 'Test::Box' } };
  await provision({ world, assembly: assemblyOf(['S', { Resources: both }]).assembly });
  made = [];
  await provision({ world, assembly: assemblyOf(['S', { Resources: { A: both.A } }]).assembly });
  expect(made).toHaveLength(1);
  expect(made[0]?.place.previous).toEqual({
    ref: 'ref-A',
    attributes: { Arn: 'arn:A', 'Endpoint.Port': 5432 },
  });
  expect(made[0]?.place.previousProperties).toEqual({ Value: 1 });
  expect(removed).toEqual(['ref-B']);
});

test('what the template wants retained is not removed when it leaves the template', async () => {
  const kept = { Type: 'Test::Box', DeletionPolicy: 'Retain' };
  await provision({ world, assembly: assemblyOf(['S', { Resources: { A: kept } }]).assembly });
  await provision({ world, assembly: assemblyOf(['S', { Resources: {} }]).assembly });
  expect(removed).toEqual([]);
});

test('exports of one stack reach the imports of another; outputs are returned', async () => {
  const { assembly } = assemblyOf(
    [
      'One',
      {
        Resources: { A: { Type: 'Test::Box' } },
        Outputs: { Out: { Value: { Ref: 'A' }, Export: { Name: 'One:A' } } },
      },
    ],
    [
      'Two',
      { Resources: { B: { Type: 'Test::Box', Properties: { Value: { 'Fn::ImportValue': 'One:A' } } } } },
    ],
  );
  const stacks = await provision({ world, assembly });
  expect(stacks[0]).toEqual({ name: 'One', outputs: { Out: 'ref-A' } });
  expect(propertiesOf('B')).toEqual({ Value: 'ref-A' });
});

test('assets are found by the key under which they would have been uploaded', async () => {
  const { assembly, folder } = assemblyOf(['S', { Resources: { A: { Type: 'Test::Box' } } }]);
  await provision({ world, assembly });
  expect(made[0]?.place.asset?.('abc.zip')).toBe(join(folder, 'asset.1'));
  expect(made[0]?.place.asset?.('other.zip')).toBeUndefined();
});

test('a role of the template is enforced as soon as it is made', async () => {
  const statement = (action: string) => ({ Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
  const { assembly } = assemblyOf([
    'S',
    {
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Statement: [
                { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
              ],
            },
          },
        },
        Policy: {
          Type: 'AWS::IAM::Policy',
          Properties: { PolicyName: 'p', PolicyDocument: statement('ecs:*'), Roles: [{ Ref: 'Role' }] },
        },
        Box: { Type: 'Test::Box', Properties: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
      },
    },
  ]);
  await provision({ world, assembly });
  const roleArn = String(propertiesOf('Box')?.['Value']);
  expect(roleArn).toMatch(/^arn:aws:iam::000000000000:role\/S-Role-[0-9A-Z]{12}$/);
  const { iam } = world.ports;
  const principal = iam.principalOf(iam.assume(roleArn, 'x').accessKeyId) ?? { arn: '', roleArn: '' };
  expect(() => iam.authorize(principal, [{ action: 'ecs:RunTask', resource: '*' }])).not.toThrow();
  expect(() => iam.authorize(principal, [{ action: 'sns:Publish', resource: '*' }])).toThrow(
    /is not authorized to perform: sns:Publish on resource: \* because no identity-based policy allows/,
  );
  expect(iam.trusts(roleArn, 'lambda.amazonaws.com')).toBe(true);
  expect(iam.trusts(roleArn, 'ecs-tasks.amazonaws.com')).toBe(false);
});

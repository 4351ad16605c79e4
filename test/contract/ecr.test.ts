import { createHash } from 'node:crypto';
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetDownloadUrlForLayerCommand,
  GetLifecyclePolicyCommand,
  ListImagesCommand,
  ListTagsForResourceCommand,
  PutImageCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateImageStorageClassCommand,
} from '@aws-sdk/client-ecr';
import { applyLifecycle } from '../../local/services/ecr/lifecycle.ts';
import { Registry } from '../../local/services/ecr/model.ts';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 'events', 'ecr'] });
const ecr = new ECRClient(world.client);
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
let made = 0;

async function repository(options: Partial<CreateRepositoryCommand['input']> = {}): Promise<string> {
  const repositoryName = `team/app-${++made}`;
  await ecr.send(new CreateRepositoryCommand({ repositoryName, ...options }));
  return repositoryName;
}

const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;

function http(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${world.endpoint}${path}`, { method, ...init, headers: { authorization, ...init.headers } });
}

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Pushes an image of one layer as `docker push` does; returns its manifest and digest. */
async function push(
  name: string,
  tag: string,
  content = tag,
): Promise<{ manifest: string; digest: string; layer: string }> {
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: [`X=${content}`] },
    rootfs: { type: 'layers', diff_ids: [] },
  });
  for (const blob of [config, content]) {
    const begun = await http('POST', `/v2/${name}/blobs/uploads/`);
    expect(begun.status).toBe(202);
    const location = begun.headers.get('location') ?? '';
    const part = await http('PATCH', location, {
      body: blob,
      headers: { 'content-range': `0-${blob.length - 1}` },
    });
    expect(part.headers.get('range')).toBe(`0-${blob.length - 1}`);
    const done = await http('PUT', `${location}?digest=${encodeURIComponent(digestOf(blob))}`);
    expect(done.status).toBe(201);
  }
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: digestOf(content),
        size: content.length,
      },
    ],
  });
  const put = await http('PUT', `/v2/${name}/manifests/${tag}`, {
    body: manifest,
    headers: { 'content-type': MANIFEST },
  });
  if (put.status !== 201) throw new Error(`${put.status} ${await put.text()}`);
  return { manifest, digest: digestOf(manifest), layer: digestOf(content) };
}

test('CreateRepository and DescribeRepositories: the URI is what docker pushes to', async () => {
  const repositoryName = await repository({ tags: [{ Key: 'a', Value: 'b' }] });
  const { repositories } = await ecr.send(
    new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
  );
  expect(repositories).toMatchObject([
    {
      repositoryArn: `arn:aws:ecr:us-east-1:000000000000:repository/${repositoryName}`,
      repositoryUri: `${new URL(world.endpoint).host}/${repositoryName}`,
      imageTagMutability: 'MUTABLE',
    },
  ]);
  await expect(ecr.send(new CreateRepositoryCommand({ repositoryName }))).rejects.toMatchObject({
    name: 'RepositoryAlreadyExistsException',
    message: `The repository with name '${repositoryName}' already exists in the registry with id '000000000000'`,
  });
  await expect(ecr.send(new CreateRepositoryCommand({ repositoryName: 'Upper' }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(
    ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['none'] })),
  ).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
  });
});

test('DescribeImages shows what was pushed, by tag and by digest, and no archived image unless asked', async () => {
  const repositoryName = await repository();
  const { digest } = await push(repositoryName, 'v1', 'content');
  const { imageDetails } = await ecr.send(
    new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }),
  );
  expect(imageDetails).toMatchObject([
    {
      imageDigest: digest,
      imageTags: ['v1'],
      imageSizeInBytes: 7,
      imageManifestMediaType: MANIFEST,
      imageStatus: 'ACTIVE',
    },
  ]);
  await expect(
    ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v2' }] })),
  ).rejects.toMatchObject({
    name: 'ImageNotFoundException',
    message: `The image with imageId {imageDigest:'null', imageTag:'v2'} does not exist within the repository with name '${repositoryName}' in the registry with id '000000000000'`,
  });
});

test('UpdateImageStorageClass archives: the image is hidden, cannot be pulled, and comes back', async () => {
  const repositoryName = await repository();
  const { digest } = await push(repositoryName, 'v1');
  const imageId = { imageDigest: digest };
  const archived = await ecr.send(
    new UpdateImageStorageClassCommand({ repositoryName, imageId, targetStorageClass: 'ARCHIVE' }),
  );
  expect(archived.imageStatus).toBe('ARCHIVED');
  await expect(
    ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [imageId] })),
  ).rejects.toMatchObject({
    name: 'ImageNotFoundException',
  });
  const any = await ecr.send(
    new DescribeImagesCommand({ repositoryName, imageIds: [imageId], filter: { imageStatus: 'ANY' } }),
  );
  expect(any.imageDetails).toMatchObject([{ imageStatus: 'ARCHIVED', lastArchivedAt: expect.any(Date) }]);
  expect((await http('GET', `/v2/${repositoryName}/manifests/v1`)).status).toBe(404);
  const uri = `${new URL(world.endpoint).host}/${repositoryName}`;
  await expect(world.ports.images.pull(`${uri}:v1`)).rejects.toThrow(/CannotPullContainerError: .*not found/);
  await ecr.send(
    new UpdateImageStorageClassCommand({ repositoryName, imageId, targetStorageClass: 'STANDARD' }),
  );
  expect((await http('GET', `/v2/${repositoryName}/manifests/v1`)).status).toBe(200);
});

test('ListImages pages through tags and knows untagged images', async () => {
  const repositoryName = await repository();
  await push(repositoryName, 'a');
  await push(repositoryName, 'b');
  await push(repositoryName, 'b', 'another');
  const first = await ecr.send(new ListImagesCommand({ repositoryName, maxResults: 2 }));
  const second = await ecr.send(
    new ListImagesCommand({ repositoryName, maxResults: 2, nextToken: first.nextToken }),
  );
  expect([...(first.imageIds ?? []), ...(second.imageIds ?? [])].map(({ imageTag }) => imageTag)).toEqual([
    'a',
    undefined,
    'b',
  ]);
  const untagged = await ecr.send(
    new ListImagesCommand({ repositoryName, filter: { tagStatus: 'UNTAGGED' } }),
  );
  expect(untagged.imageIds).toHaveLength(1);
});

test('BatchGetImage and PutImage give an image one more tag', async () => {
  const repositoryName = await repository();
  const { manifest, digest } = await push(repositoryName, 'v1');
  const { images, failures } = await ecr.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }, { imageTag: 'none' }, {}] }),
  );
  expect(images).toMatchObject([
    { imageManifest: manifest, imageId: { imageDigest: digest, imageTag: 'v1' } },
  ]);
  expect(failures).toMatchObject([{ failureCode: 'ImageNotFound' }, { failureCode: 'MissingDigestAndTag' }]);

  const { image } = await ecr.send(
    new PutImageCommand({ repositoryName, imageManifest: manifest, imageTag: 'latest' }),
  );
  expect(image?.imageId).toEqual({ imageDigest: digest, imageTag: 'latest' });
  await expect(
    ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest, imageTag: 'latest' })),
  ).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
  await expect(
    ecr.send(
      new PutImageCommand({
        repositoryName,
        imageManifest: manifest,
        imageTag: 'x',
        imageDigest: `sha256:${'0'.repeat(64)}`,
      }),
    ),
  ).rejects.toMatchObject({ name: 'ImageDigestDoesNotMatchException' });
  await expect(
    ecr.send(
      new PutImageCommand({
        repositoryName,
        imageManifest: manifest.replaceAll(/"sha256:[0-9a-f]{6}/g, '"sha256:000000'),
        imageTag: 'x',
      }),
    ),
  ).rejects.toMatchObject({ name: 'LayersNotFoundException' });
});

test('an immutable tag stays, but for those that a filter excludes', async () => {
  const repositoryName = await repository({
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'cache*' }],
  });
  await push(repositoryName, 'v1', 'one');
  await push(repositoryName, 'cache-main', 'one');
  await push(repositoryName, 'cache-main', 'two');
  // The same image under the same tag is no change.
  await push(repositoryName, 'v1', 'one');
  await expect(push(repositoryName, 'v1', 'two')).rejects.toThrow(
    `The image tag 'v1' already exists in the '${repositoryName}' repository and cannot be overwritten because the tag is immutable.`,
  );
  await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'MUTABLE' }));
  await push(repositoryName, 'v1', 'two');
  await expect(
    ecr.send(
      new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('BatchDeleteImage takes a tag, or the whole image', async () => {
  const repositoryName = await repository();
  const { manifest, digest } = await push(repositoryName, 'a');
  await ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest, imageTag: 'b' }));
  await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'a' }] }));
  expect((await ecr.send(new ListImagesCommand({ repositoryName }))).imageIds).toEqual([
    { imageDigest: digest, imageTag: 'b' },
  ]);
  const gone = await ecr.send(
    new BatchDeleteImageCommand({
      repositoryName,
      imageIds: [{ imageDigest: digest }, { imageTag: 'none' }],
    }),
  );
  expect(gone).toMatchObject({
    imageIds: [{ imageDigest: digest }],
    failures: [{ failureCode: 'ImageNotFound' }],
  });
  expect((await ecr.send(new ListImagesCommand({ repositoryName }))).imageIds).toEqual([]);
});

test('BatchCheckLayerAvailability and GetDownloadUrlForLayer', async () => {
  const repositoryName = await repository();
  const { layer } = await push(repositoryName, 'v1', 'the layer');
  const other = `sha256:${'1'.repeat(64)}`;
  const { layers, failures } = await ecr.send(
    new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [layer, other, 'nonsense'] }),
  );
  expect(layers).toMatchObject([
    { layerDigest: layer, layerAvailability: 'AVAILABLE', layerSize: 9 },
    { layerDigest: other, layerAvailability: 'UNAVAILABLE' },
  ]);
  expect(failures).toMatchObject([{ failureCode: 'InvalidLayerDigest' }]);
  const { downloadUrl } = await ecr.send(
    new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: layer }),
  );
  expect(await (await fetch(downloadUrl ?? '')).text()).toBe('the layer');
  expect((await fetch(`${downloadUrl}x`)).status).toBe(403);
});

test('lifecycle policies are kept, shown, deleted, and followed', async () => {
  const repositoryName = await repository();
  const rule = (rulePriority: number, selection: object) => ({
    rulePriority,
    selection,
    action: { type: 'expire' },
  });
  const lifecyclePolicyText = JSON.stringify({
    rules: [
      rule(1, {
        tagStatus: 'tagged',
        tagPrefixList: ['keep'],
        countType: 'imageCountMoreThan',
        countNumber: 10,
      }),
      rule(2, { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 }),
    ],
  });
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
  expect((await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).lifecyclePolicyText).toBe(
    lifecyclePolicyText,
  );
  for (const tag of ['keep-1', 'old', 'new']) {
    await push(repositoryName, tag);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const registry = new Registry(world);
  const expired = applyLifecycle(registry, registry.get(repositoryName));
  expect(expired.flatMap(({ tags }) => tags)).toEqual(['old']);
  await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
  await expect(ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).rejects.toMatchObject({
    name: 'LifecyclePolicyNotFoundException',
  });
  await expect(
    ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: '{"rules":[]}' })),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('PutImageScanningConfiguration, TagResource, ListTagsForResource and UntagResource', async () => {
  const repositoryName = await repository();
  const resourceArn = `arn:aws:ecr:us-east-1:000000000000:repository/${repositoryName}`;
  await ecr.send(
    new PutImageScanningConfigurationCommand({
      repositoryName,
      imageScanningConfiguration: { scanOnPush: true },
    }),
  );
  await ecr.send(
    new TagResourceCommand({
      resourceArn,
      tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  );
  await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
  expect((await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([
    { Key: 'b', Value: '2' },
  ]);
});

test('DeleteRepository keeps a repository that has images, unless it is forced', async () => {
  const repositoryName = await repository();
  await push(repositoryName, 'v1');
  await expect(ecr.send(new DeleteRepositoryCommand({ repositoryName }))).rejects.toMatchObject({
    name: 'RepositoryNotEmptyException',
  });
  await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
  await expect(ecr.send(new ListImagesCommand({ repositoryName }))).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
  });
});

test('the registry asks for credentials on every path, and for the permission behind them', async () => {
  const name = await repository();
  for (const path of ['/v2/', `/v2/${name}/tags/list`, `/v2/${name}/manifests/x`]) {
    const answer = await fetch(`${world.endpoint}${path}`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  }
  const iam = world.services.get('iam')?.provisioners?.['AWS::IAM::Role'];
  const allow = (...actions: string[]) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  });
  const role = await iam?.provision(
    {
      RoleName: 'puller',
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        { PolicyName: 'p', PolicyDocument: allow('ecr:GetAuthorizationToken', 'ecr:BatchGetImage') },
      ],
    },
    { stack: 's', logicalId: 'Role' },
  );
  const client = new ECRClient(world.as(String(role?.attributes?.['Arn'])));
  const token = (await client.send(new GetAuthorizationTokenCommand({}))).authorizationData?.[0]
    ?.authorizationToken;
  const headers = { authorization: `Basic ${token}` };
  await push(name, 'v1');
  expect((await http('GET', `/v2/${name}/manifests/v1`, { headers })).status).toBe(200);
  const refused = await http('POST', `/v2/${name}/blobs/uploads/`, { headers });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({
    errors: [
      {
        code: 'DENIED',
        message: expect.stringContaining('is not authorized to perform: ecr:InitiateLayerUpload'),
      },
    ],
  });
});

test('the registry refuses a wrong digest and a wrong range, mounts blobs, lists tags, and knows what it does not do', async () => {
  const name = await repository();
  const other = await repository();
  const { layer, manifest } = await push(name, 'v1', 'shared');
  const begun = await http('POST', `/v2/${other}/blobs/uploads/`);
  const location = begun.headers.get('location') ?? '';
  expect((await http('PATCH', location, { body: 'x', headers: { 'content-range': '5-5' } })).status).toBe(
    416,
  );
  expect((await http('PUT', `${location}?digest=${layer}`, { body: 'not it' })).status).toBe(400);
  const mounted = await http('POST', `/v2/${other}/blobs/uploads/?mount=${layer}&from=${name}`);
  expect(mounted.status).toBe(201);
  const head = await http('HEAD', `/v2/${other}/blobs/${layer}`);
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '6']);
  expect(await (await http('GET', `/v2/${name}/blobs/${encodeURIComponent(layer)}`)).text()).toBe('shared');
  expect(await (await http('GET', `/v2/${name}/tags/list`)).json()).toEqual({ name, tags: ['v1'] });
  const pulled = await http('GET', `/v2/${name}/manifests/v1`);
  expect(pulled.headers.get('content-type')).toBe(MANIFEST);
  expect(await pulled.text()).toBe(manifest);
  expect((await http('GET', '/v2/none/manifests/v1')).status).toBe(404);
  expect((await http('DELETE', `/v2/${name}/manifests/v1`)).status).toBe(405);
});

test('a task’s image is pulled by tag, by digest and by AWS’s name, and base images are stood in for', async () => {
  const name = await repository();
  const layer = await push(name, 'v1');
  const uri = `${new URL(world.endpoint).host}/${name}`;
  // The layer is no archive: what comes first is that it is found.
  await expect(world.ports.images.pull(`${uri}:v1`)).rejects.toThrow();
  await expect(
    world.ports.images.pull(`000000000000.dkr.ecr.us-east-1.amazonaws.com/${name}@${layer.digest}`),
  ).rejects.toThrow();
  await expect(world.ports.images.pull(`${uri}:none`)).rejects.toThrow(
    /CannotPullContainerError: .*not found/,
  );
  await expect(world.ports.images.pull('docker.io/library/nginx:1')).rejects.toThrow(
    /CannotPullContainerError/,
  );
  const base = await world.ports.images.pull('public.ecr.aws/docker/library/node:24');
  expect(base.config).toMatchObject({
    Cmd: ['node'],
    Env: expect.arrayContaining([expect.stringMatching(/^PATH=/)]),
  });
});

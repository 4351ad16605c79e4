import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { worldOfFile } from '../setup/world.ts';

const world = await worldOfFile({ services: ['iam', 's3'] });
const s3 = new S3Client(world.client);
const Bucket = 'artefacts';
const provisioners = world.services.get('s3')?.provisioners;
await provisioners?.['AWS::S3::Bucket']?.provision({ BucketName: Bucket }, { stack: 't', logicalId: 'B' });

const put = (Key: string, Body: string | Uint8Array, more = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = async (Key: string, more = {}) => {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...answer, text: await answer.Body?.transformToString() };
};

test('PutObject and GetObject keep bytes, headers, metadata and the checksum', async () => {
  const { ETag, ChecksumCRC32 } = await put('a/ü b.json', '{"a":1}', {
    ContentType: 'application/json',
    Metadata: { commit: 'abc' },
    CacheControl: 'no-store',
  });
  expect(ETag).toMatch(/^"[0-9a-f]{32}"$/);
  expect(ChecksumCRC32).toBeDefined();
  const answer = await get('a/ü b.json', { ChecksumMode: 'ENABLED' });
  expect(answer).toMatchObject({
    text: '{"a":1}',
    ContentType: 'application/json',
    ContentLength: 7,
    Metadata: { commit: 'abc' },
    CacheControl: 'no-store',
    ETag,
    ChecksumCRC32,
  });
  expect(answer.LastModified).toBeInstanceOf(Date);
});

test('a stream of unknown framing is taken in, with the checksum behind it', async () => {
  const body = Readable.from([Buffer.from('part one, '), Buffer.from('part two')]);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'stream', Body: body, ContentLength: 18 }));
  expect((await get('stream')).text).toBe('part one, part two');
});

test('a checksum that does not match is refused and leaves nothing', async () => {
  await expect(put('bad', 'x', { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({ name: 'BadDigest' });
  await expect(get('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('an empty object is an object', async () => {
  await put('empty', new Uint8Array());
  expect(await get('empty')).toMatchObject({ text: '', ContentLength: 0 });
});

test('a range is answered with 206 and its place; one beyond the end is refused', async () => {
  await put('range', '0123456789');
  const some = await get('range', { Range: 'bytes=2-4' });
  expect(some).toMatchObject({ text: '234', ContentRange: 'bytes 2-4/10', ContentLength: 3 });
  expect(some.$metadata.httpStatusCode).toBe(206);
  expect((await get('range', { Range: 'bytes=-3' })).text).toBe('789');
  expect((await get('range', { Range: 'bytes=8-' })).text).toBe('89');
  await expect(get('range', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
});

test('HeadObject says what GetObject would, without the body; a missing key is NotFound', async () => {
  await put('head', 'four');
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'head' }))).toMatchObject({ ContentLength: 4 });
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
});

test('If-None-Match: * writes only where there is nothing, also when two write at once', async () => {
  await put('once', 'first', { IfNoneMatch: '*' });
  await expect(put('once', 'second', { IfNoneMatch: '*' })).rejects.toMatchObject({
    name: 'PreconditionFailed',
    $metadata: { httpStatusCode: 412 },
  });
  const both = await Promise.allSettled(['a', 'b'].map((text) => put('race', text, { IfNoneMatch: '*' })));
  expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('conditions of reads', async () => {
  const { ETag } = await put('conditions', 'x');
  await expect(get('conditions', { IfMatch: '"other"' })).rejects.toMatchObject({
    name: 'PreconditionFailed',
  });
  await expect(get('conditions', { IfNoneMatch: ETag })).rejects.toMatchObject({
    $metadata: { httpStatusCode: 304 },
  });
  expect((await get('conditions', { IfMatch: ETag })).text).toBe('x');
});

test('ListObjectsV2 pages, gathers common prefixes and starts after', async () => {
  for (const key of ['list/a', 'list/b/1', 'list/b/2', 'list/c']) await put(key, key);
  const list = (more = {}) => s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', ...more }));
  const grouped = await list({ Delimiter: '/' });
  expect(grouped.Contents?.map(({ Key }) => Key)).toEqual(['list/a', 'list/c']);
  expect(grouped.CommonPrefixes).toEqual([{ Prefix: 'list/b/' }]);
  expect(grouped).toMatchObject({ KeyCount: 3, IsTruncated: false, Name: Bucket });
  const first = await list({ MaxKeys: 3 });
  expect(first).toMatchObject({ IsTruncated: true, KeyCount: 3 });
  const second = await list({ ContinuationToken: first.NextContinuationToken });
  expect(second.Contents?.map(({ Key }) => Key)).toEqual(['list/c']);
  expect((await list({ StartAfter: 'list/b/1' })).Contents?.map(({ Key }) => Key)).toEqual([
    'list/b/2',
    'list/c',
  ]);
  expect((await list({ Delimiter: '/', MaxKeys: 2 })).CommonPrefixes).toEqual([{ Prefix: 'list/b/' }]);
  const encoded = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', EncodingType: 'url' }));
  expect(encoded.Contents?.[0]?.Key).toBe('a/%C3%BC%20b.json');
  const old = await s3.send(new ListObjectsCommand({ Bucket, Prefix: 'list/', Marker: 'list/b/2' }));
  expect(old.Contents?.map(({ Key }) => Key)).toEqual(['list/c']);
});

test('CopyObject copies bytes and metadata, or replaces the metadata', async () => {
  await put('source', 'text', { ContentType: 'text/plain', Metadata: { a: '1' } });
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source` }));
  expect(await get('copy')).toMatchObject({ text: 'text', ContentType: 'text/plain', Metadata: { a: '1' } });
  await s3.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'copy',
      CopySource: `/${Bucket}/source`,
      MetadataDirective: 'REPLACE',
      Metadata: { b: '2' },
    }),
  );
  expect((await get('copy')).Metadata).toEqual({ b: '2' });
});

test('DeleteObject and DeleteObjects, also of keys that are not there', async () => {
  for (const key of ['d1', 'd2', 'd3']) await put(key, 'x');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'd1' }));
  const { Deleted } = await s3.send(
    new DeleteObjectsCommand({
      Bucket,
      Delete: { Objects: [{ Key: 'd2' }, { Key: 'd3' }, { Key: 'none' }] },
    }),
  );
  expect(Deleted?.map(({ Key }) => Key)).toEqual(['d2', 'd3', 'none']);
  for (const key of ['d1', 'd2', 'd3']) await expect(get(key)).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('an upload in parts becomes one object with a composite tag', async () => {
  const Key = 'parts';
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/plain' }),
  );
  const big = Buffer.alloc(5 * 1024 * 1024, 'a');
  const send = async (PartNumber: number, Body: Uint8Array) => {
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    return { PartNumber, ETag };
  };
  const parts = [await send(1, big), await send(2, Buffer.from('end'))];
  const { Parts } = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  expect(Parts?.map(({ Size }) => Size)).toEqual([big.length, 3]);
  const done = await s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: parts } }),
  );
  expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
  const answer = await get(Key, { Range: `bytes=${big.length - 1}-` });
  expect(answer).toMatchObject({ text: 'aend', ContentType: 'text/plain' });
});

test('an aborted upload is gone; a part that is too small is refused', async () => {
  const Key = 'aborted';
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const tags = [];
  for (const PartNumber of [1, 2]) {
    const part = { Bucket, Key, UploadId, PartNumber, Body: 'small' };
    tags.push({ PartNumber, ETag: (await s3.send(new UploadPartCommand(part))).ETag });
  }
  const complete = new CompleteMultipartUploadCommand({
    Bucket,
    Key,
    UploadId,
    MultipartUpload: { Parts: tags },
  });
  await expect(s3.send(complete)).rejects.toMatchObject({ name: 'EntityTooSmall' });
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  await expect(s3.send(complete)).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test('a versioned bucket keeps old versions and marks deletions', async () => {
  const place = { stack: 't', logicalId: 'V' };
  await provisioners?.['AWS::S3::Bucket']?.provision(
    { BucketName: 'versions', VersioningConfiguration: { Status: 'Enabled' } },
    place,
  );
  const there = { Bucket: 'versions', Key: 'k' };
  expect(await s3.send(new GetBucketVersioningCommand({ Bucket: 'versions' }))).toMatchObject({
    Status: 'Enabled',
  });
  const first = await s3.send(new PutObjectCommand({ ...there, Body: '1' }));
  await s3.send(new PutObjectCommand({ ...there, Body: '2' }));
  const old = await s3.send(new GetObjectCommand({ ...there, VersionId: first.VersionId }));
  expect(await old.Body?.transformToString()).toBe('1');
  const gone = await s3.send(new DeleteObjectCommand(there));
  expect(gone.DeleteMarker).toBe(true);
  await expect(s3.send(new GetObjectCommand(there))).rejects.toMatchObject({ name: 'NoSuchKey' });
  const { Versions, DeleteMarkers } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'versions' }));
  expect(Versions).toHaveLength(2);
  expect(DeleteMarkers?.[0]).toMatchObject({ IsLatest: true, VersionId: gone.VersionId });
  await s3.send(new DeleteObjectCommand({ ...there, VersionId: gone.VersionId }));
  expect(await (await s3.send(new GetObjectCommand(there))).Body?.transformToString()).toBe('2');
});

test('buckets: create, head, list, delete', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'temporary' }));
  await s3.send(new HeadBucketCommand({ Bucket: 'temporary' }));
  const names = (await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name);
  expect(names).toEqual(['artefacts', 'temporary', 'versions']);
  await expect(s3.send(new CreateBucketCommand({ Bucket: 'temporary' }))).rejects.toMatchObject({
    name: 'BucketAlreadyOwnedByYou',
  });
  await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: 'BucketNotEmpty',
  });
  await s3.send(new DeleteBucketCommand({ Bucket: 'temporary' }));
  await expect(s3.send(new ListObjectsV2Command({ Bucket: 'temporary' }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
  });
});

test('a bucket policy is kept and shown', async () => {
  await expect(s3.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
    name: 'NoSuchBucketPolicy',
  });
  const PolicyDocument = { Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' }] };
  await provisioners?.['AWS::S3::BucketPolicy']?.provision(
    { Bucket, PolicyDocument },
    { stack: 't', logicalId: 'P' },
  );
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  expect(JSON.parse(Policy ?? '')).toEqual(PolicyDocument);
});

test('virtual-host style reaches the same bucket as path style', async () => {
  await put('host', 'same');
  const url = `${world.endpoint}/host`;
  const headers = {
    host: `artefacts.localhost:${new URL(url).port}`,
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x',
  };
  const { request } = await import('node:http');
  const text = await new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    })
      .on('error', reject)
      .end();
  });
  expect(text).toBe('same');
});

test('presigned URLs work until they expire', async () => {
  const presign = (ago: number) => {
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIA/20260101/us-east-1/s3/aws4_request',
      'X-Amz-Date': new Date(Date.now() - ago).toISOString().replace(/[-:]|\.\d+/g, ''),
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': 'not verified',
    });
    return `${world.endpoint}/${Bucket}/presigned?${query}`;
  };
  expect((await fetch(presign(0), { method: 'PUT', body: 'by URL' })).status).toBe(200);
  expect(await (await fetch(presign(0))).text()).toBe('by URL');
  const late = await fetch(presign(120_000));
  expect(late.status).toBe(403);
  expect(await late.text()).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
});

test('a role reads only what it may, and without ListBucket does not learn which keys are missing', async () => {
  await world.services.get('iam')?.provisioners?.['AWS::IAM::Role']?.provision(
    {
      RoleName: 'reader',
      AssumeRolePolicyDocument: { Statement: [] },
      Policies: [
        {
          PolicyName: 'p',
          PolicyDocument: {
            Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/a/*` }],
          },
        },
      ],
    },
    { stack: 't', logicalId: 'R' },
  );
  const mine = new S3Client(world.as('arn:aws:iam::000000000000:role/reader'));
  await mine.send(new GetObjectCommand({ Bucket, Key: 'a/ü b.json' }));
  await expect(mine.send(new GetObjectCommand({ Bucket, Key: 'head' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message:
      'User: arn:aws:sts::000000000000:assumed-role/reader/test is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::artefacts/head" because no identity-based policy allows the s3:GetObject action',
  });
  await expect(mine.send(new GetObjectCommand({ Bucket, Key: 'a/none' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('s3:ListBucket'),
  });
});

test('what S3 could do and is not done here is refused by its name', async () => {
  await expect(put('tagged', 'x', { Tagging: 'a=b' })).rejects.toMatchObject({
    name: 'LockstepLocalUnsupported',
    message: 'PutObject: Tagging is not supported here. It is not part of the embedded AWS.',
  });
});

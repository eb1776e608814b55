import { describe, expect, it } from 'vitest';
import { ObjectStoreAnchor } from '#ledger/anchors/object-store.ts';
import { signed } from '#systems/storage/sigv4.ts';
import { type S3Server, s3Keys, s3Server } from '../../s3-server.ts';
import { checkpoint, estateId, noon, origin } from './world.ts';

const day = 86_400;

function anchorAt(server: S3Server, fields: Partial<ConstructorParameters<typeof ObjectStoreAnchor>[1]> = {}) {
  const store = {
    endpoint: server.url,
    bucket: 'anchors',
    prefix: 'shop & co/',
    region: server.region,
    retain: 400 * day,
    ca: null,
  };
  return new ObjectStoreAnchor('vault', { ...store, ...s3Keys, ...fields }, () => noon);
}

const world = (options: Parameters<typeof s3Server>[0] = {}) => s3Server({ now: () => noon, ...options });

describe('Signature Version 4', () => {
  it('is what the documentation of S3 works out for its own example', () => {
    // docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "GET Object".
    const headers = signed(
      {
        method: 'GET',
        url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
        headers: { range: 'bytes=0-9' },
        body: Buffer.alloc(0),
      },
      { accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', region: 'us-east-1' },
      Date.parse('2013-05-24T00:00:00Z'),
    );
    expect(headers['authorization']).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });
});

describe('an object store', () => {
  it('keeps a checkpoint under its log and size, locked for as long as was asked', async () => {
    const server = await world();
    const place = await anchorAt(server).put(checkpoint(37));
    const key = `shop & co/checkpoints/${origin}/37.txt`;
    const [version] = server.objects.get(key) ?? [];
    expect(version?.body.toString()).toBe(checkpoint(37).note);
    expect(version?.lockedUntil).toBe(noon + 400 * day * 1_000);
    expect(version?.headers['x-amz-object-lock-mode']).toBe('COMPLIANCE');
    expect(place).toBe(`s3://anchors/${key} version v1, locked until 2028-01-01T12:00:00.000Z`);
  });

  it('gives back all that it holds, page by page, with the time of each', async () => {
    const server = await world();
    server.pageSize = 2;
    const anchor = anchorAt(server);
    for (const size of [5, 40, 300]) {
      await anchor.put(checkpoint(size));
    }
    await anchor.put(checkpoint(300, { isHeartbeat: true }));
    await anchor.put(checkpoint(8, { origin: 'till/of-another-estate' }));
    const { notes, times, held } = await anchor.read(estateId);
    expect(notes.map(({ note }) => note.split('\n')[1])).toEqual(['5', '40', '300', '300']);
    expect(times.map(({ size, at }) => [size, at])).toEqual([5, 40, 300, 300].map((size) => [size, noon]));
    expect(held).toBe(4);
  });

  it('takes more from somebody who may only write, and says that it may not be read', async () => {
    const server = await world();
    server.deny('GET');
    await expect(anchorAt(server).put(checkpoint(3))).resolves.toContain('3.txt');
    await expect(anchorAt(server).read(estateId)).rejects.toThrow(/could not list .*: AccessDenied: Access Denied/);
  });

  it('is refused as S3 refuses, with no secret in what is said', async () => {
    const server = await world();
    const wrong = await anchorAt(server, { secretKey: 'another secret' }).put(checkpoint(3)).catch(String);
    expect(wrong).toContain('SignatureDoesNotMatch');
    expect(wrong).not.toContain('another secret');
    await expect(anchorAt(server, { bucket: 'elsewhere' }).put(checkpoint(3))).rejects.toThrow('NoSuchBucket');
    await expect(anchorAt(server, { region: 'us-west-1' }).put(checkpoint(3))).rejects.toThrow(
      'AuthorizationHeaderMalformed',
    );
    await expect(anchorAt(await world({ lock: false })).put(checkpoint(3))).rejects.toThrow(
      'missing Object Lock Configuration',
    );
    await expect(anchorAt(server, { endpoint: 'http://127.0.0.1:1' }).put(checkpoint(3))).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});

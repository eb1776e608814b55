import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export const s3Keys = { accessKey: 'AKIDTILL', secretKey: 'a secret of forty characters, never shown' };

interface Version {
  readonly id: string;
  readonly body: Buffer;
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch milliseconds until which nobody may take it away. */
  readonly lockedUntil: number | null;
}

export interface S3Server {
  readonly url: string;
  readonly region: string;
  /** Versions by key, oldest first. */
  readonly objects: ReadonlyMap<string, readonly Version[]>;
  /** `PUT /bucket/key`, in the order they came. */
  readonly requests: readonly string[];
  /** Answers these methods with AccessDenied: credentials that may only write. */
  deny(...methods: readonly string[]): void;
  /** Objects in one page of a listing. */
  pageSize: number;
}

/**
 * What till asks of an object store, answered as S3 answers it: requests whose Signature Version 4 is not right are refused by a
 * computation of its own; versions; object lock, for which a checksum of the body is demanded; listings in pages.
 */
export async function s3Server(
  options: { readonly bucket?: string; readonly lock?: boolean; readonly now?: () => number } = {},
): Promise<S3Server> {
  const { bucket = 'anchors', lock = true, now = () => Date.now() } = options;
  const objects = new Map<string, Version[]>();
  const requests: string[] = [];
  const denied = new Set<string>();
  const region = 'eu-north-1';
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://s3');
      requests.push(`${request.method} ${decodeURIComponent(url.pathname)}`);
      const body = Buffer.concat(parts);
      try {
        mustBeSigned(request, url, body, region);
        if (denied.has(request.method ?? '')) {
          throw new Refused(403, 'AccessDenied', 'Access Denied');
        }
        answer(request, url, body, response);
      } catch (error) {
        const { status, code, message } =
          error instanceof Refused ? error : new Refused(500, 'InternalError', String(error));
        response.writeHead(status, { 'content-type': 'application/xml' });
        response.end(
          `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`,
        );
      }
    });
  });

  const answer = (request: IncomingMessage, url: URL, body: Buffer, response: ServerResponse) => {
    const [, named, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    if (named !== bucket) {
      throw new Refused(404, 'NoSuchBucket', 'The specified bucket does not exist');
    }
    switch (request.method) {
      case 'PUT':
        return put(request, key, body, response);
      case 'GET':
        return key === '' ? list(url, response) : get(key, response);
      case 'DELETE':
        return remove(url, key, response);
      default:
        throw new Refused(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
    }
  };

  const put = (request: IncomingMessage, key: string, body: Buffer, response: ServerResponse) => {
    const header = (name: string) => String(request.headers[name] ?? '');
    const mode = header('x-amz-object-lock-mode');
    const until = header('x-amz-object-lock-retain-until-date');
    const md5 = header('content-md5');
    if (md5 !== '' && md5 !== createHash('md5').update(body).digest('base64')) {
      throw new Refused(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
    if (mode !== '' && !lock) {
      throw new Refused(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');
    }
    if (mode !== '' && (!['COMPLIANCE', 'GOVERNANCE'].includes(mode) || !(Date.parse(until) > now()))) {
      throw new Refused(400, 'InvalidArgument', 'The retain until date must be in the future!');
    }
    if (mode !== '' && md5 === '' && header('x-amz-checksum-sha256') === '') {
      throw new Refused(
        400,
        'InvalidRequest',
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
      );
    }
    const versions = objects.get(key) ?? [];
    const id = `v${versions.length + 1}`;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    objects.set(key, [
      ...versions,
      { id, body, at: now(), headers, lockedUntil: mode === '' ? null : Date.parse(until) },
    ]);
    response
      .writeHead(200, { 'x-amz-version-id': id, etag: `"${createHash('md5').update(body).digest('hex')}"` })
      .end();
  };

  const get = (key: string, response: ServerResponse) => {
    const newest = objects.get(key)?.at(-1);
    if (newest === undefined) {
      throw new Refused(404, 'NoSuchKey', 'The specified key does not exist.');
    }
    response.writeHead(200, { 'last-modified': new Date(newest.at).toUTCString() }).end(newest.body);
  };

  /** Without a version nothing goes away; with one it does, unless it is locked. */
  const remove = (url: URL, key: string, response: ServerResponse) => {
    const id = url.searchParams.get('versionId');
    const versions = objects.get(key) ?? [];
    const version = versions.find((one) => one.id === id);
    if (version !== undefined && (version.lockedUntil ?? 0) > now()) {
      throw new Refused(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    }
    objects.set(
      key,
      versions.filter((one) => one !== version),
    );
    response.writeHead(204).end();
  };

  const list = (url: URL, response: ServerResponse) => {
    const { searchParams } = url;
    if (searchParams.get('list-type') !== '2') {
      throw new Refused(501, 'NotImplemented', 'only ListObjectsV2');
    }
    const after = searchParams.get('continuation-token');
    const prefix = searchParams.get('prefix') ?? '';
    const keys = [...objects.keys()].sort().filter((key) => key.startsWith(prefix) && (after === null || key > after));
    const page = keys.slice(0, s3.pageSize);
    const isTruncated = page.length < keys.length;
    const items = page.map((key) => {
      const { at = 0, body = Buffer.alloc(0) } = objects.get(key)?.at(-1) ?? {};
      return `<Contents><Key>${escaped(key)}</Key><LastModified>${new Date(at).toISOString()}</LastModified><Size>${body.length}</Size></Contents>`;
    });
    const next = isTruncated ? `<NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>` : '';
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult><Name>${bucket}</Name><IsTruncated>${isTruncated}</IsTruncated>${items.join('')}${next}</ListBucketResult>`,
    );
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const s3: S3Server = {
    ...{ url: `http://127.0.0.1:${port}`, region, objects, requests, pageSize: 1_000 },
    deny: (...methods) => {
      for (const method of methods) {
        denied.add(method);
      }
    },
  };
  return s3;
}

class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

/** The signature worked out from what arrived, as the documentation of Signature Version 4 describes it. */
function mustBeSigned(
  { method = '', headers, url: raw = '' }: IncomingMessage,
  url: URL,
  body: Buffer,
  region: string,
): void {
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (given === null) {
    throw new Refused(403, 'AccessDenied', 'Anonymous access is forbidden');
  }
  const [, id, day = '', where, list = '', signature] = given;
  if (id !== s3Keys.accessKey) {
    throw new Refused(403, 'InvalidAccessKeyId', 'The Access Key Id you provided does not exist in our records.');
  }
  if (where !== region) {
    throw new Refused(400, 'AuthorizationHeaderMalformed', `the region '${where}' is wrong; expecting '${region}'`);
  }
  if (headers['x-amz-content-sha256'] !== sha256(body)) {
    throw new Refused(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const unsigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !list.split(';').includes(name));
  if (unsigned.length > 0 || !list.split(';').includes('host')) {
    throw new Refused(403, 'AccessDenied', 'There were headers present in the request which were not signed');
  }
  const query = [...url.searchParams].map(([name, value]) => `${strictly(name)}=${strictly(value)}`).sort();
  const canonical = [
    ...[method, raw.split('?')[0], query.join('&')],
    ...list.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    ...['', list, headers['x-amz-content-sha256']],
  ].join('\n');
  const time = String(headers['x-amz-date']);
  const toSign = ['AWS4-HMAC-SHA256', time, `${day}/${where}/s3/aws4_request`, sha256(canonical)].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${s3Keys.secretKey}`);
  if (!time.startsWith(day) || hmac(key, toSign).toString('hex') !== signature) {
    throw new Refused(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
}

function strictly(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

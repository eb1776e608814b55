import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { Bucket, type Version } from './s3-bucket.ts';
import { mustBeSigned, Refused } from './s3-signature.ts';

export const s3Keys = { accessKey: 'AKIDTILL', secretKey: 'a secret of forty characters, never shown' };

export interface Seen {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly headers: IncomingMessage['headers'];
}

/**
 * What may go wrong with one request. `cut`: the connection ends and nothing is done. `lost`: it is done, and then the connection
 * ends. `lie`: nothing is done, and the answer is yes. `half`: only half of the body is kept. `flip`: a bit of it is another one.
 * `broken`: the answer's body ends half-way. A number is that status.
 */
export type Fault = 'cut' | 'lost' | 'lie' | 'half' | 'flip' | 'broken' | number;

export interface S3Server {
  readonly url: string;
  readonly region: string;
  readonly bucket: string;
  /** Versions by key, oldest first. */
  readonly objects: Map<string, Version[]>;
  /** Uploads that were begun and have not ended. */
  readonly uploads: ReadonlyMap<string, { readonly key: string; readonly at: number }>;
  /** `PUT /bucket/key`, in the order they came. */
  readonly requests: readonly string[];
  /** Answers these methods with AccessDenied: credentials that may only write. */
  deny(...methods: readonly string[]): void;
  /** Asked of every request before it is answered. */
  fault: (seen: Seen) => Fault | undefined;
  /** Objects in one page of a listing. */
  pageSize: number;
  /** What it takes as a signature; may be changed while it runs, as keys are rotated. */
  keys: { readonly accessKey: string; readonly secretKey: string };
}

export interface S3ServerOptions {
  readonly bucket?: string;
  /** A bucket with object lock, and so with versions. */
  readonly lock?: boolean;
  readonly now?: () => number;
  /** Takes parts below 5 MiB, which S3 does not: for tests of a few kilobytes. */
  readonly smallParts?: boolean;
  /** Knows no `x-amz-checksum-…` headers, as older stores do not. */
  readonly withoutChecksums?: boolean;
}

/**
 * What till asks of an object store, answered as S3 answers it: requests whose Signature Version 4 is not right are refused by a
 * computation of its own; versions; object lock, for which a checksum of the body is demanded; multipart; listings in pages.
 */
export async function s3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const { bucket: name = 'anchors', lock = true, now = () => Date.now(), smallParts = false } = options;
  const bucket = new Bucket({ lock, now, smallParts });
  const requests: string[] = [];
  const denied = new Set<string>();
  const region = 'eu-north-1';

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://s3');
      const path = url.pathname.split('/').map(decodeURIComponent);
      requests.push(`${request.method} ${path.join('/')}`);
      const seen: Seen = {
        method: request.method ?? '',
        key: path.slice(2).join('/'),
        query: url.searchParams,
        body: Buffer.concat(parts),
        headers: request.headers,
      };
      try {
        mustBeSigned(request, url, seen.body, { ...s3.keys, region });
        if (denied.has(seen.method)) {
          throw new Refused(403, 'AccessDenied', 'Access Denied');
        }
        if (path[1] !== name) {
          throw new Refused(404, 'NoSuchBucket', 'The specified bucket does not exist');
        }
        faulty(seen, response);
      } catch (error) {
        refuse(response, seen.method, error);
      }
    });
  });

  /** Answers, unless the test wants something to go wrong. */
  const faulty = (seen: Seen, response: ServerResponse) => {
    const fault = s3.fault(seen);
    if (typeof fault === 'number') {
      throw new Refused(fault, fault === 503 ? 'SlowDown' : 'InternalError', 'as the test wants it');
    }
    switch (fault) {
      case 'cut':
        return response.destroy();
      case 'lie':
        return response.writeHead(200, { etag: '"0123456789abcdef0123456789abcdef"' }).end();
      case 'lost':
        answer(seen, silent(response));
        return response.destroy();
      default:
        return answer(seen, response, fault);
    }
  };

  const answer = (seen: Seen, response: ServerResponse, fault?: Fault) => {
    const { method, key, query } = seen;
    const upload = query.get('uploadId');
    const headers = headersOf(seen, options.withoutChecksums ?? false);
    switch (method) {
      case 'PUT': {
        const part = query.get('partNumber');
        if (upload !== null && part !== null) {
          const etag = bucket.part(upload, Number(part), damaged(seen.body, fault), without(headers, fault));
          return response.writeHead(200, { etag }).end();
        }
        const { id, etag } = bucket.put(key, damaged(seen.body, fault), without(headers, fault));
        return response.writeHead(200, { etag, ...(lock ? { 'x-amz-version-id': id } : {}) }).end();
      }
      case 'POST':
        if (upload === null) {
          return xml(
            response,
            `<InitiateMultipartUploadResult><UploadId>${bucket.begin(key, headers)}</UploadId></InitiateMultipartUploadResult>`,
          );
        }
        bucket.complete(upload, seen.body.toString(), headers);
        return xml(
          response,
          `<CompleteMultipartUploadResult><Key>${escaped(key)}</Key></CompleteMultipartUploadResult>`,
        );
      case 'DELETE':
        if (upload === null) {
          bucket.remove(key, query.get('versionId'));
        } else {
          bucket.abort(upload);
        }
        return response.writeHead(204).end();
      case 'GET':
      case 'HEAD':
        if (key !== '') {
          return get(seen, response, fault);
        }
        return query.has('uploads') ? uploads(query, response) : list(query, response);
      default:
        throw new Refused(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
    }
  };

  const get = ({ method, key, headers }: Seen, response: ServerResponse, fault?: Fault) => {
    const newest = bucket.newest(key);
    if (newest === null) {
      throw new Refused(404, 'NoSuchKey', 'The specified key does not exist.');
    }
    if (headers['if-match'] !== undefined && headers['if-match'] !== newest.etag) {
      throw new Refused(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    const size = newest.body.length;
    const from = Number(range?.[1] ?? 0);
    const to = range?.[2] ? Math.min(Number(range[2]) + 1, size) : size;
    if (range !== null && from >= size) {
      throw new Refused(416, 'InvalidRange', 'The requested range is not satisfiable');
    }
    const body = newest.body.subarray(from, to);
    const says = options.withoutChecksums !== true && headers['x-amz-checksum-mode'] === 'ENABLED';
    response.writeHead(range === null ? 200 : 206, {
      'content-length': body.length,
      'last-modified': new Date(newest.at).toUTCString(),
      etag: newest.etag,
      ...(range === null ? {} : { 'content-range': `bytes ${from}-${to - 1}/${size}` }),
      ...(says && newest.checksum !== null ? { 'x-amz-checksum-sha256': newest.checksum } : {}),
      ...(newest.lockedUntil === null
        ? {}
        : {
            'x-amz-object-lock-mode': 'COMPLIANCE',
            'x-amz-object-lock-retain-until-date': new Date(newest.lockedUntil).toISOString(),
          }),
    });
    if (method === 'HEAD') {
      return response.end();
    }
    if (fault === 'broken') {
      return response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy());
    }
    return response.end(fault === 'flip' ? damaged(body, fault) : body);
  };

  const list = (query: URLSearchParams, response: ServerResponse) => {
    if (query.get('list-type') !== '2') {
      throw new Refused(501, 'NotImplemented', 'only ListObjectsV2');
    }
    const after = query.get('continuation-token');
    const prefix = query.get('prefix') ?? '';
    const isEncoded = query.get('encoding-type') === 'url';
    const keys = [...bucket.objects.keys()]
      .filter((key) => bucket.newest(key) !== null && key.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .filter((key) => after === null || Buffer.compare(Buffer.from(key), Buffer.from(after, 'base64url')) > 0);
    const page = keys.slice(0, s3.pageSize);
    const isTruncated = page.length < keys.length;
    const items = page.map((key) => {
      const { at = 0, body = Buffer.alloc(0), etag = '' } = bucket.newest(key) ?? {};
      return `<Contents><Key>${isEncoded ? formEncoded(key) : escaped(key)}</Key><LastModified>${new Date(at).toISOString()}</LastModified><ETag>${escaped(etag)}</ETag><Size>${body.length}</Size></Contents>`;
    });
    const token = Buffer.from(page.at(-1) ?? '').toString('base64url');
    const next = isTruncated ? `<NextContinuationToken>${token}</NextContinuationToken>` : '';
    xml(
      response,
      `<ListBucketResult><Name>${name}</Name>${isEncoded ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>${isTruncated}</IsTruncated>${items.join('')}${next}</ListBucketResult>`,
    );
  };

  const uploads = (query: URLSearchParams, response: ServerResponse) => {
    const prefix = query.get('prefix') ?? '';
    const after = `${query.get('key-marker') ?? ''}\0${query.get('upload-id-marker') ?? ''}`;
    const all = [...bucket.uploads]
      .map(([id, { key, at }]) => ({ id, key, at, place: `${key}\0${id}` }))
      .filter(({ key, place }) => key.startsWith(prefix) && place > after)
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    const page = all.slice(0, s3.pageSize);
    const items = page.map(
      ({ id, key, at }) =>
        `<Upload><Key>${formEncoded(key)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(at).toISOString()}</Initiated></Upload>`,
    );
    const last = page.at(-1);
    const next =
      page.length < all.length && last !== undefined
        ? `<NextKeyMarker>${formEncoded(last.key)}</NextKeyMarker><NextUploadIdMarker>${last.id}</NextUploadIdMarker>`
        : '';
    xml(
      response,
      `<ListMultipartUploadsResult><EncodingType>url</EncodingType>${next}<IsTruncated>${next !== ''}</IsTruncated>${items.join('')}</ListMultipartUploadsResult>`,
    );
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const s3: S3Server = {
    ...{ url: `http://127.0.0.1:${port}`, region, bucket: name, requests, pageSize: 1_000, keys: s3Keys },
    ...{ objects: bucket.objects, uploads: bucket.uploads },
    fault: () => undefined,
    deny: (...methods) => {
      for (const method of methods) {
        denied.add(method);
      }
    },
  };
  return s3;
}

function refuse(response: ServerResponse, method: string, error: unknown): void {
  const { status, code, message } = error instanceof Refused ? error : new Refused(500, 'InternalError', String(error));
  response.writeHead(status, { 'content-type': 'application/xml' });
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
  response.end(method === 'HEAD' ? undefined : body);
}

function xml(response: ServerResponse, body: string): ServerResponse {
  response.writeHead(200, { 'content-type': 'application/xml' });
  return response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
}

/** Takes an answer and says none. */
function silent(response: ServerResponse): ServerResponse {
  const mute: ServerResponse = Object.assign(Object.create(response), {
    writeHead: () => mute,
    end: () => mute,
    write: () => true,
  });
  return mute;
}

function headersOf({ headers }: Seen, withoutChecksums: boolean): Record<string, string> {
  const all = Object.entries(headers).map(([header, value]) => [header, String(value)] as const);
  return Object.fromEntries(all.filter(([header]) => !(withoutChecksums && header.startsWith('x-amz-checksum'))));
}

/** A store that loses bytes does not notice it by their checksum either. */
function without(headers: Record<string, string>, fault: Fault | undefined): Record<string, string> {
  const { 'content-md5': _, 'x-amz-checksum-sha256': __, ...others } = headers;
  return fault === 'half' || fault === 'flip' ? others : headers;
}

function damaged(body: Buffer, fault: Fault | undefined): Buffer {
  if (fault === 'half') {
    return body.subarray(0, body.length >> 1);
  }
  if (fault !== 'flip') {
    return body;
  }
  const other = Buffer.from(body);
  const at = other.length >> 1;
  other[at] = (other[at] ?? 0) ^ 0x10;
  return other;
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
/** As S3 encodes keys of a listing: a space is a plus. */
const formEncoded = (text: string) => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+');

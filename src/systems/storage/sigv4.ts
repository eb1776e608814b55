import { createHash, createHmac } from 'node:crypto';

/** Who signs, and for which region: AWS Signature Version 4 for S3. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

export interface Unsigned {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Hex SHA-256 of the body, where it is known already. */
  readonly bodyHash?: string;
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

/** The headers with which S3 takes the request: every one that is sent is signed, and so is the body's hash. */
export function signed(
  { method, url, headers, body, bodyHash }: Unsigned,
  { accessKey, secretKey, region }: Credentials,
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const hash = bodyHash ?? sha256(body);
  const all: Record<string, string> = {
    ...headers,
    host: url.host,
    'x-amz-content-sha256': hash,
    'x-amz-date': time,
  };
  const names = Object.keys(all).sort();
  const request = canonicalRequest({ method, url, headers: all, names, hash });
  const signature = signatureOf(request, { time, scope, secretKey });
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...all, authorization };
}

export interface Canonical {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the headers that are signed, in order. */
  readonly names: readonly string[];
  readonly hash: string;
}

export function canonicalRequest({ method, url, headers, names, hash }: Canonical): string {
  return [
    method,
    canonicalPath(url),
    canonicalQuery(url),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    hash,
  ].join('\n');
}

export function signatureOf(
  request: string,
  { time, scope, secretKey }: { readonly time: string; readonly scope: string; readonly secretKey: string },
): string {
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretKey}`);
  return createHmac('sha256', key).update(toSign).digest('hex');
}

/** RFC 3986: everything but unreserved characters; S3 keeps slashes and encodes once. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalPath({ pathname }: URL): string {
  return pathname
    .split('/')
    .map((part) => encoded(decodeURIComponent(part)))
    .join('/');
}

/** By the encoded names, which is not the order of the pairs as text: `=` sorts after `-`. */
function canonicalQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([key, value]) => [encoded(key), encoded(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
}

import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** An answer of S3's with its code. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

export interface Expected {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

/** The signature worked out from what arrived, as the documentation of Signature Version 4 describes it; by no code of till's. */
export function mustBeSigned(
  { method = '', headers, url: raw = '' }: IncomingMessage,
  url: URL,
  body: Buffer,
  { accessKey, secretKey, region }: Expected,
): void {
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (given === null) {
    throw new Refused(403, 'AccessDenied', 'Anonymous access is forbidden');
  }
  const [, id, day = '', where, list = '', signature] = given;
  if (id !== accessKey) {
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
  const query = [...url.searchParams]
    .map(([name, value]) => [strictly(name), strictly(value)])
    .sort(([a = '', x = ''], [b = '', y = '']) => Buffer.compare(Buffer.from(`${a}\0${x}`), Buffer.from(`${b}\0${y}`)))
    .map(([name, value]) => `${name}=${value}`);
  const canonical = [
    ...[method, raw.split('?')[0], query.join('&')],
    ...list.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    ...['', list, headers['x-amz-content-sha256']],
  ].join('\n');
  const time = String(headers['x-amz-date']);
  const toSign = ['AWS4-HMAC-SHA256', time, `${day}/${where}/s3/aws4_request`, sha256(canonical)].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
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

import { createHash } from 'node:crypto';
import { Refused } from './s3-signature.ts';

export interface Version {
  readonly id: string;
  readonly body: Buffer;
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly checksum: string | null;
  /** Epoch milliseconds until which nobody may take it away. */
  readonly lockedUntil: number | null;
  /** A delete of a bucket with versions only hides what is there. */
  readonly isMarker: boolean;
}

interface Begun {
  readonly key: string;
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly body: Buffer; readonly etag: string; readonly sha256: string }>;
}

const digest = (algorithm: string, body: Buffer) => createHash(algorithm).update(body);
/** S3's own, on all but the last part. */
const leastPart = 5 * 1024 ** 2;

/** What S3 keeps, and the rules by which it refuses. */
export class Bucket {
  readonly objects = new Map<string, Version[]>();
  readonly uploads = new Map<string, Begun>();
  readonly #options: { readonly lock: boolean; readonly now: () => number; readonly smallParts: boolean };
  #count = 0;

  constructor(options: { readonly lock: boolean; readonly now: () => number; readonly smallParts: boolean }) {
    this.#options = options;
  }

  newest(key: string): Version | null {
    const newest = this.objects.get(key)?.at(-1);
    return newest === undefined || newest.isMarker ? null : newest;
  }

  put(key: string, body: Buffer, headers: Readonly<Record<string, string>>): Version {
    this.#mustBeWhole(body, headers);
    this.#mayBeWritten(key, headers);
    this.#mayBeLocked(headers, headers['content-md5'] !== undefined || headers['x-amz-checksum-sha256'] !== undefined);
    const etag = `"${digest('md5', body).digest('hex')}"`;
    return this.#keep(key, body, headers, { etag, checksum: digest('sha256', body).digest('base64') });
  }

  begin(key: string, headers: Readonly<Record<string, string>>): string {
    this.#mayBeLocked(headers, true);
    this.#count += 1;
    const id = `upload-${this.#count}`;
    this.uploads.set(id, { key, at: this.#options.now(), headers, parts: new Map() });
    return id;
  }

  part(id: string, number: number, body: Buffer, headers: Readonly<Record<string, string>>): string {
    const upload = this.#upload(id);
    this.#mustBeWhole(body, headers);
    if (number < 1 || number > 10_000) {
      throw new Refused(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
    }
    if (
      upload.headers['x-amz-object-lock-mode'] !== undefined &&
      headers['content-md5'] === undefined &&
      headers['x-amz-checksum-sha256'] === undefined
    ) {
      throw new Refused(400, 'InvalidRequest', 'Content-MD5 OR x-amz-checksum- HTTP header is required');
    }
    const etag = `"${digest('md5', body).digest('hex')}"`;
    upload.parts.set(number, { body, etag, sha256: digest('sha256', body).digest('base64') });
    return etag;
  }

  complete(id: string, xml: string, headers: Readonly<Record<string, string>>): { key: string; version: Version } {
    const upload = this.#upload(id);
    this.#mayBeWritten(upload.key, headers);
    const listed = [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? '').replaceAll('&quot;', '"'),
      sha256: /<ChecksumSHA256>(.*?)</.exec(part)?.[1] ?? null,
    }));
    const wantsSums = upload.headers['x-amz-checksum-algorithm'] === 'SHA256';
    const parts = listed.map(({ number, etag, sha256 }, index) => {
      const part = upload.parts.get(number);
      if (part === undefined || part.etag !== etag || (wantsSums && part.sha256 !== sha256)) {
        throw new Refused(400, 'InvalidPart', `part ${number} could not be found, or is another`);
      }
      if (index + 1 < listed.length && part.body.length < leastPart && !this.#options.smallParts) {
        throw new Refused(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
      }
      if (index > 0 && number <= (listed[index - 1]?.number ?? 0)) {
        throw new Refused(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
      }
      return part;
    });
    const sums = (algorithm: string) =>
      createHash(algorithm).update(Buffer.concat(parts.map(({ body }) => digest(algorithm, body).digest())));
    this.uploads.delete(id);
    const body = Buffer.concat(parts.map((part) => part.body));
    const version = this.#keep(upload.key, body, upload.headers, {
      etag: `"${sums('md5').digest('hex')}-${parts.length}"`,
      checksum: wantsSums ? `${sums('sha256').digest('base64')}-${parts.length}` : null,
    });
    return { key: upload.key, version };
  }

  abort(id: string): void {
    this.#upload(id);
    this.uploads.delete(id);
  }

  /** Without a version, what is there is only hidden where there are versions; with one it goes, unless it is locked. */
  remove(key: string, id: string | null): void {
    const { lock, now } = this.#options;
    const versions = this.objects.get(key) ?? [];
    if (id === null && lock) {
      this.#keep(key, Buffer.alloc(0), {}, { etag: '', checksum: null }, true);
      return;
    }
    const version = id === null ? versions.at(-1) : versions.find((one) => one.id === id);
    if (version !== undefined && (version.lockedUntil ?? 0) > now()) {
      throw new Refused(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    }
    const left = versions.filter((one) => one !== version);
    if (left.length === 0) {
      this.objects.delete(key);
    } else {
      this.objects.set(key, left);
    }
  }

  #keep(
    key: string,
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    sums: Pick<Version, 'etag' | 'checksum'>,
    isMarker = false,
  ): Version {
    const { lock, now } = this.#options;
    const versions = this.objects.get(key) ?? [];
    this.#count += 1;
    const until = headers['x-amz-object-lock-retain-until-date'];
    const version: Version = {
      id: `v${versions.length + 1}`,
      ...{ body, at: now(), headers, ...sums, isMarker },
      lockedUntil: until === undefined || isMarker ? null : Date.parse(until),
    };
    this.objects.set(key, lock ? [...versions, version] : [version]);
    return version;
  }

  #mustBeWhole(body: Buffer, headers: Readonly<Record<string, string>>): void {
    const [md5, sha256] = [headers['content-md5'], headers['x-amz-checksum-sha256']];
    if (md5 !== undefined && md5 !== digest('md5', body).digest('base64')) {
      throw new Refused(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
    if (sha256 !== undefined && sha256 !== digest('sha256', body).digest('base64')) {
      throw new Refused(400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.');
    }
  }

  #mayBeWritten(key: string, headers: Readonly<Record<string, string>>): void {
    if (headers['if-none-match'] === '*' && this.newest(key) !== null) {
      throw new Refused(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
    }
  }

  #mayBeLocked(headers: Readonly<Record<string, string>>, hasChecksum: boolean): void {
    const { lock, now } = this.#options;
    const [mode, until] = [headers['x-amz-object-lock-mode'], headers['x-amz-object-lock-retain-until-date'] ?? ''];
    if (mode === undefined) {
      return;
    }
    if (!lock) {
      throw new Refused(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');
    }
    if (!['COMPLIANCE', 'GOVERNANCE'].includes(mode) || !(Date.parse(until) > now())) {
      throw new Refused(400, 'InvalidArgument', 'The retain until date must be in the future!');
    }
    if (!hasChecksum) {
      throw new Refused(
        400,
        'InvalidRequest',
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
      );
    }
  }

  #upload(id: string): Begun {
    const upload = this.uploads.get(id);
    if (upload === undefined) {
      throw new Refused(404, 'NoSuchUpload', 'The specified multipart upload does not exist.');
    }
    return upload;
  }
}

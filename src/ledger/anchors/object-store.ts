import { createHash } from 'node:crypto';
import { type Credentials, encoded, signed } from '#systems/storage/sigv4.ts';
import { type Anchor, nameFor, type Outgoing, type Reading, sizeIn, worthReading } from './anchor.ts';
import { type Answer, send } from './http.ts';

export interface ObjectStore {
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Seconds for which object lock holds each checkpoint. */
  readonly retain: number;
  readonly ca: string | null;
}

/**
 * An object store with object lock: in compliance mode nobody can take a version back before its time, the account's owner
 * included (facts: access-audit.md §2.6). Writing needs `s3:PutObject` and `s3:PutObjectRetention` alone; the credentials that
 * only write cannot read back, and then somebody else's must.
 */
export class ObjectStoreAnchor implements Anchor {
  readonly kind = 's3';
  readonly name: string;
  readonly #store: ObjectStore;
  readonly #now: () => number;

  constructor(name: string, store: ObjectStore, now: () => number) {
    this.name = name;
    this.#store = store;
    this.#now = now;
  }

  async put(checkpoint: Outgoing): Promise<string> {
    const { bucket, prefix, retain } = this.#store;
    const body = Buffer.from(checkpoint.note);
    const until = new Date(this.#now() + retain * 1_000).toISOString();
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      // A request that sets a retention must carry a checksum of its body.
      'content-md5': createHash('md5').update(body).digest('base64'),
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': until,
    };
    const key = prefix + nameFor(checkpoint);
    const answer = await this.#ask('PUT', key, {}, headers, body);
    if (answer.status !== 200) {
      throw refusal(answer, `put ${key}`);
    }
    const version = answer.headers['x-amz-version-id'];
    return `s3://${bucket}/${key}${typeof version === 'string' ? ` version ${version}` : ''}, locked until ${until}`;
  }

  async read(estateId: string): Promise<Reading> {
    const objects = await this.#list(`${this.#store.prefix}checkpoints/till/${estateId}`);
    const notes = [];
    for (const { key, at } of worthReading(objects)) {
      const answer = await this.#ask('GET', key, {});
      if (answer.status !== 200) {
        throw refusal(answer, `read ${key}`);
      }
      notes.push({ note: answer.body, anchor: this.name, at });
    }
    return { notes, times: objects.map(({ at, size }) => ({ at, size })), held: objects.length };
  }

  async weakness(): Promise<string | null> {
    return null;
  }

  /** By time. */
  async #list(
    prefix: string,
  ): Promise<readonly { readonly key: string; readonly at: number; readonly size: number }[]> {
    const found: { key: string; at: number; size: number }[] = [];
    let token: string | null = null;
    do {
      const query: Record<string, string> = { 'list-type': '2', prefix };
      const answer: Answer = await this.#ask(
        'GET',
        '',
        token === null ? query : { ...query, 'continuation-token': token },
      );
      if (answer.status !== 200) {
        throw refusal(answer, `list ${prefix}`);
      }
      for (const [, item = ''] of answer.body.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const key = textIn(item, 'Key');
        const [size, at] = [sizeIn(key), Date.parse(textIn(item, 'LastModified'))];
        if (size !== null && Number.isFinite(at)) {
          found.push({ key, at, size });
        }
      }
      token = textIn(answer.body, 'IsTruncated') === 'true' ? textIn(answer.body, 'NextContinuationToken') : null;
    } while (token !== null && token !== '');
    return found.sort((a, b) => a.at - b.at || a.size - b.size);
  }

  async #ask(
    method: string,
    key: string,
    query: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
    body: Buffer = Buffer.alloc(0),
  ): Promise<Answer> {
    const { endpoint, bucket, region, accessKey, secretKey, ca } = this.#store;
    const path = [bucket, ...(key === '' ? [] : key.split('/'))].map(encoded).join('/');
    const url = new URL(`${endpoint.replace(/\/+$/, '')}/${path}`);
    // `URLSearchParams` writes a space as +, which S3 reads as a plus.
    url.search = Object.entries(query)
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .join('&');
    const credentials: Credentials = { accessKey, secretKey, region };
    const all = signed({ method, url, headers, body }, credentials, this.#now());
    return send({ method, url, headers: all, body, ca, timeoutMs: 20_000 });
  }
}

function textIn(xml: string, tag: string): string {
  const text = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(xml)?.[1] ?? '';
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

/** What S3 says, never what was sent to it. */
function refusal({ status, body }: Answer, what: string): Error {
  const code = textIn(body, 'Code') || `HTTP ${status}`;
  const message = textIn(body, 'Message');
  return new Error(`could not ${what}: ${code}${message === '' ? '' : `: ${message}`}`);
}

import { Readable } from 'node:stream';
import type { SecretReference } from '#estate/schema.ts';
import type { Clock } from '#text/clock.ts';
import type { Operation } from '../operation.ts';
import { ReadFailure } from '../source.ts';
import { WriteFailure } from '../write-failure.ts';
import { isKey, mustBeKey } from './keys.ts';
import { differenceIn } from './s3-checksum.ts';
import { type Answer, type Pace, type S3Config, S3Door, usualPace } from './s3-door.ts';
import { readFailure, writeFailure } from './s3-failure.ts';
import { flow, openAt, storedFrom } from './s3-read.ts';
import { partSizeFor, putOnce, type Sent, sendAll } from './s3-upload.ts';
import { keyIn, partsOf, textIn } from './s3-xml.ts';
import type { ObjectStore, StoredObject, Uploaded, UploadOptions } from './store.ts';

export interface S3Options {
  readonly name: string;
  readonly config: S3Config;
  secret(reference: SecretReference): Promise<string>;
  readonly clock: Clock;
  readonly random?: () => number;
  readonly pace?: Pace;
  /** Bytes of a part, where a test wants small ones. */
  readonly partSize?: number;
}

type Sending = Parameters<typeof putOnce>[0];

/** A bucket of S3's protocol, or the part of one below a prefix. */
export class S3Store implements ObjectStore {
  readonly name: string;
  readonly #door: S3Door;
  readonly #options: S3Options;
  readonly #prefix: string;

  constructor(options: S3Options) {
    const { config, clock, secret, pace = usualPace, random = Math.random } = options;
    this.name = options.name;
    this.#options = options;
    this.#prefix = config.prefix === '' || config.prefix.endsWith('/') ? config.prefix : `${config.prefix}/`;
    this.#door = new S3Door({ config, clock, secret, pace, random });
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    let token = '';
    do {
      const query = {
        'list-type': '2',
        'encoding-type': 'url',
        prefix: this.#prefix + prefix,
        ...(token === '' ? {} : { 'continuation-token': token }),
      };
      const { body } = await this.#reading(`list ${prefix}`, signal, () =>
        this.#door.ask({ method: 'GET', key: '', query, signal }),
      );
      const isEncoded = textIn(body, 'EncodingType') === 'url';
      for (const item of partsOf(body, 'Contents')) {
        yield {
          key: keyIn(item, 'Key', isEncoded).slice(this.#prefix.length),
          size: Number(textIn(item, 'Size')),
          modifiedAt: textIn(item, 'LastModified'),
          etag: textIn(item, 'ETag').replaceAll('"', '') || null,
          lockedUntil: null,
        };
      }
      const next: string = textIn(body, 'IsTruncated') === 'true' ? textIn(body, 'NextContinuationToken') : '';
      if (next !== '' && next === token) {
        throw new ReadFailure('not-probed', `${this.name}: the store lists the same page again and again`);
      }
      token = next;
    } while (token !== '');
  }

  async head(key: string): Promise<StoredObject | null> {
    const answer = await this.#head(key);
    return answer === null ? null : storedFrom(key, answer.headers);
  }

  async read(
    key: string,
    range?: { readonly from: number; readonly to: number },
    signal?: AbortSignal,
  ): Promise<Readable> {
    if (range !== undefined && range.to <= range.from) {
      return Readable.from([]);
    }
    const [door, store, full] = [this.#door, this.name, this.#prefix + key];
    const reading = { door, store, key, full, from: range?.from ?? 0, to: range?.to, signal };
    const first = await this.#reading(`read ${key}`, signal, async () => openAt(reading, reading.from, null));
    return Readable.from(flow(reading, first), { objectMode: false });
  }

  async put(operation: Operation, key: string, bytes: Uint8Array, options: UploadOptions = {}): Promise<Uploaded> {
    const uploaded = await this.#surely(operation, key, options, (sending) => putOnce(sending, bytes));
    options.onBytes?.(bytes.length);
    return uploaded;
  }

  async upload(operation: Operation, key: string, source: Readable, options: UploadOptions = {}): Promise<Uploaded> {
    const { expected, onBytes, ifAbsent = false } = options;
    const words = this.#words('write', key);
    if (ifAbsent) {
      const held = await this.head(key).catch((error: unknown) => {
        throw writeFailure(error, words);
      });
      if (held !== null) {
        throw new WriteFailure('refused', `${words}: it is there already`, '412', true);
      }
    }
    const partSize = this.#options.partSize ?? partSizeFor(expected);
    return this.#surely(operation, key, options, (sending) => sendAll({ ...sending, partSize, onBytes }, source));
  }

  async remove(_operation: Operation, key: string): Promise<void> {
    mustBeKey(key);
    await this.#delete(this.#words('remove', key), key, {});
  }

  async leftovers(prefix: string): Promise<readonly { readonly key: string; readonly begunAt: string }[]> {
    return (await this.#uploads(prefix)).map(({ key, begunAt }) => ({ key, begunAt }));
  }

  async discard(_operation: Operation, key: string): Promise<void> {
    for (const upload of await this.#uploads(key)) {
      if (upload.key === key) {
        await this.#delete(this.#words('throw away parts of', key), key, { uploadId: upload.id });
      }
    }
  }

  close(): Promise<void> {
    return this.#door.close();
  }

  /** Sends, and then asks the store what it has: it may have said yes and hold something else, or have said nothing. */
  async #surely(
    operation: Operation,
    key: string,
    options: UploadOptions,
    send: (sending: Sending) => Promise<Sent>,
  ): Promise<Uploaded> {
    mustBeKey(key);
    const words = this.#words('write', key);
    const { checksums } = this.#options.config;
    const { ifAbsent = false, signal } = options;
    const lockUntil = options.lockUntil ?? this.#usualLock();
    const full = this.#prefix + key;
    const sending = { door: this.#door, key: full, words, checksums, lock: lockHeaders(lockUntil), ifAbsent, signal };
    const sent = await send(sending).catch(async (error: unknown) => {
      throw await this.#whatIsKnown(error, key);
    });
    const answer = await this.#head(key).catch((error: unknown) => {
      throw new WriteFailure('unknown', `${words}: it was sent, but ${messageOf(error)}`);
    });
    const held = answer === null ? null : storedFrom(key, answer.headers);
    const wrong =
      answer === null || held === null
        ? 'it is not there'
        : held.size === sent.size
          ? differenceIn(answer.headers, sent, checksums)
          : `it holds ${held.size} of ${sent.size} bytes`;
    if (wrong !== null) {
      throw await this.#lie(operation, key, { wrong, isOurs: ifAbsent && !sent.isDoubtful });
    }
    if (lockUntil !== undefined && Date.parse(held?.lockedUntil ?? '') >= Date.parse(lockUntil) - 1_000 === false) {
      throw new WriteFailure(
        'unknown',
        `${words}: it was written, but the store does not say that object lock holds it until ${lockUntil} (the bucket has none, or s3:GetObjectRetention is missing)`,
      );
    }
    return { key, size: sent.size, sha256: sent.sha256 };
  }

  /** Where an answer was lost, looking may tell that nothing was written. */
  async #whatIsKnown(error: unknown, key: string): Promise<unknown> {
    if (!(error instanceof WriteFailure) || error.certainty !== 'unknown') {
      return error;
    }
    const held = await this.head(key).catch(() => undefined);
    return held === null ? new WriteFailure('refused', `${error.message}; nothing was written`, error.code) : error;
  }

  /** What is wrong is taken away again, where it is surely what we wrote and nobody else's. */
  async #lie(
    operation: Operation,
    key: string,
    { wrong, isOurs }: { readonly wrong: string; readonly isOurs: boolean },
  ): Promise<WriteFailure> {
    const words = `${this.#words('write', key)}: the store said that it was written, but ${wrong}`;
    const isGone = isOurs && (await this.remove(operation, key).then(yes, no));
    return isGone
      ? new WriteFailure('refused', `${words}; it was removed`)
      : new WriteFailure('unknown', `${words}; it was left as it is`);
  }

  #usualLock(): string | undefined {
    const { config, clock } = this.#options;
    return config.lock === undefined ? undefined : new Date(clock.now() + config.lock * 1000).toISOString();
  }

  async #head(key: string): Promise<Answer | null> {
    if (!isKey(key)) {
      return null;
    }
    return this.#reading(`look at ${key}`, undefined, async () => {
      const headers = { 'x-amz-checksum-mode': 'ENABLED' };
      const answer = await this.#door.ask({ method: 'HEAD', key: this.#prefix + key, headers }, [200, 404]);
      return answer.status === 404 ? null : answer;
    });
  }

  async #delete(words: string, key: string, query: Readonly<Record<string, string>>): Promise<void> {
    try {
      await this.#door.ask({ method: 'DELETE', key: this.#prefix + key, query }, [200, 202, 204, 404]);
    } catch (error) {
      throw writeFailure(error, words);
    }
  }

  async #uploads(prefix: string): Promise<readonly Begun[]> {
    const found: Begun[] = [];
    let marker: Record<string, string> = {};
    for (;;) {
      const query = { uploads: '', 'encoding-type': 'url', prefix: this.#prefix + prefix, ...marker };
      const { body } = await this.#reading('list uploads that were begun', undefined, () =>
        this.#door.ask({ method: 'GET', key: '', query }),
      );
      const isEncoded = textIn(body, 'EncodingType') === 'url';
      for (const item of partsOf(body, 'Upload')) {
        const key = keyIn(item, 'Key', isEncoded).slice(this.#prefix.length);
        found.push({ key, id: textIn(item, 'UploadId'), begunAt: textIn(item, 'Initiated') });
      }
      const next = keyIn(body, 'NextKeyMarker', isEncoded);
      const id = textIn(body, 'NextUploadIdMarker');
      const isSame = next === marker['key-marker'] && id === marker['upload-id-marker'];
      if (textIn(body, 'IsTruncated') !== 'true' || next === '' || isSame) {
        return found;
      }
      marker = { 'key-marker': next, 'upload-id-marker': id };
    }
  }

  #words(verb: string, key: string): string {
    return `${this.name}: could not ${verb} ${key}`;
  }

  async #reading<T>(what: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw readFailure(error, `${this.name}: could not ${what}`);
    }
  }
}

interface Begun {
  readonly key: string;
  readonly id: string;
  readonly begunAt: string;
}

function lockHeaders(until: string | undefined): Record<string, string> {
  return until === undefined
    ? {}
    : { 'x-amz-object-lock-mode': 'COMPLIANCE', 'x-amz-object-lock-retain-until-date': until };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const yes = () => true;
const no = () => false;

import { ReadFailure } from '../source.ts';
import { isKey } from './keys.ts';
import type { Answer, Flowing, S3Door } from './s3-door.ts';
import { readFailure, S3Refusal, S3Silence } from './s3-failure.ts';
import type { StoredObject } from './store.ts';

/** How often a read that breaks off goes on from where it was. */
const resumptions = 5;

export interface Reading {
  readonly door: S3Door;
  readonly store: string;
  /** Relative to the store's prefix, for words; and as the bucket has it. */
  readonly key: string;
  readonly full: string;
  readonly from: number;
  readonly to: number | undefined;
  readonly signal: AbortSignal | undefined;
}

export function openAt(reading: Reading, from: number, etag: string | null): Promise<Flowing> {
  const { door, key, full, to, signal } = reading;
  if (!isKey(key)) {
    throw new S3Refusal(404, '<Code>NoSuchKey</Code>');
  }
  const range = from === 0 && to === undefined ? {} : { range: `bytes=${from}-${to === undefined ? '' : to - 1}` };
  const same = etag === null ? {} : { 'if-match': etag };
  return door.open({ method: 'GET', key: full, headers: { ...range, ...same }, signal });
}

/** The bytes of an object, going on from where a connection broke: a restore of hours must not start anew. */
export async function* flow(reading: Reading, first: Flowing): AsyncGenerator<Buffer> {
  const { store, key, from, signal } = reading;
  const etag = typeof first.headers['etag'] === 'string' ? first.headers['etag'] : null;
  const promised = Number(first.headers['content-length']);
  const what = `${store}: could not read ${key}`;
  let flowing = first;
  let at = from;
  for (let broken = 0; ; ) {
    try {
      for await (const chunk of flowing.body as AsyncIterable<Buffer>) {
        at += chunk.length;
        yield chunk;
      }
      if (!Number.isFinite(promised) || at - from >= promised) {
        return;
      }
      throw new Error('the answer ended early');
    } catch (error) {
      signal?.throwIfAborted();
      broken += 1;
      if (broken > resumptions) {
        const words = `it broke off ${broken} times, the last after ${at - from} of ${promised} bytes`;
        throw readFailure(new S3Silence(words, true, error), what);
      }
    }
    flowing = await openAt(reading, at, etag).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw readFailure(error, what);
    });
    if (at > 0 && flowing.headers['content-range'] === undefined) {
      throw new ReadFailure('unsupported', `${what}: the store does not give parts of an object`);
    }
  }
}

export function storedFrom(key: string, headers: Answer['headers']): StoredObject {
  const text = (name: string) => (typeof headers[name] === 'string' ? headers[name] : null);
  const modified = Date.parse(text('last-modified') ?? '');
  const retained = Date.parse(text('x-amz-object-lock-retain-until-date') ?? '');
  return {
    key,
    size: Number(text('content-length') ?? Number.NaN),
    modifiedAt: new Date(Number.isNaN(modified) ? 0 : modified).toISOString(),
    etag: text('etag')?.replaceAll('"', '') ?? null,
    lockedUntil: Number.isNaN(retained) ? null : new Date(retained).toISOString(),
  };
}

import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { SecretReference, Store } from '#estate/schema.ts';
import type { Clock } from '#text/clock.ts';
import { codeOf } from '../network.ts';
import { openPassword } from '../password.ts';
import { ReadFailure } from '../source.ts';
import { S3Refusal, S3Silence, silenceOf } from './s3-failure.ts';
import { encoded, signed } from './sigv4.ts';

export type S3Config = Extract<Store, { s3: unknown }>['s3'];

/** How patiently a store is asked. Every request that we send may be sent again: parts and keys are the same each time. */
export interface Pace {
  readonly attempts: number;
  /** Before the second attempt; doubled before each further one. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Until the head of an answer, beside what the body needs at the slowest rate we put up with. */
  readonly answerMs: number;
}

export const usualPace: Pace = { attempts: 6, firstMs: 200, longestMs: 5_000, answerMs: 30_000 };
const slowestBytesPerMs = 128;

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Hex SHA-256 of the body, where it is known already. */
  readonly bodyHash?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Flowing {
  readonly headers: Answer['headers'];
  readonly body: Readable;
}

export interface DoorOptions {
  readonly config: S3Config;
  secret(reference: SecretReference): Promise<string>;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly random: () => number;
}

const nothing = new Uint8Array();
/** Errors of S3, and listings of a thousand keys, are far below it. */
const mostBody = 16 * 1024 * 1024;
/** The codes with which a store says that it knows us no longer. */
const stranger = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken']);
const again = new Set(['RequestTimeout', 'OperationAborted', 'SlowDown', 'InternalError', 'ServiceUnavailable']);

/** The way to one bucket: signs, asks, asks again. Throws S3Refusal, S3Silence, or the reason of the caller's signal. */
export class S3Door {
  readonly #options: DoorOptions;
  readonly #accessKey;
  readonly #secretKey;
  #dispatcher: Promise<Dispatcher> | null = null;
  readonly #at: string;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#accessKey = openPassword(() => options.secret(options.config.accessKey));
    this.#secretKey = openPassword(() => options.secret(options.config.secretKey));
    const url = new URL(options.config.endpoint);
    this.#at = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
  }

  /** The whole answer. A status that is not in `good` is thrown. */
  ask(request: Request, good: readonly number[] = [200]): Promise<Answer> {
    return this.#trying(request, async (response) => {
      const body = await textOf(response.body);
      if (!good.includes(response.statusCode)) {
        throw new S3Refusal(response.statusCode, body);
      }
      // Completing an upload and copying say 200 first, and what went wrong in the body (facts: data-tier.md §2.7).
      if (/^\s*(?:<\?xml[^>]*>)?\s*<Error>/.test(body)) {
        throw new S3Refusal(500, body);
      }
      return { status: response.statusCode, headers: response.headers, body };
    });
  }

  /** The head of the answer; its body flows. */
  open(request: Request): Promise<Flowing> {
    return this.#trying(request, async (response) => {
      if (response.statusCode !== 200 && response.statusCode !== 206) {
        throw new S3Refusal(response.statusCode, await textOf(response.body));
      }
      return { headers: response.headers, body: response.body };
    });
  }

  async close(): Promise<void> {
    const dispatcher = await this.#dispatcher?.catch(() => null);
    this.#dispatcher = null;
    await dispatcher?.destroy();
  }

  async #trying<T>(request: Request, take: (response: Dispatcher.ResponseData) => Promise<T>): Promise<T> {
    const { attempts, firstMs, longestMs } = this.#options.pace;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const taken = await this.#once(request, take);
        this.#accessKey.accepted();
        this.#secretKey.accepted();
        return taken;
      } catch (error) {
        request.signal?.throwIfAborted();
        if (error instanceof S3Refusal) {
          error.attempt = attempt;
        }
        if (attempt >= attempts || !this.#isWorthAnother(error)) {
          throw error;
        }
        const wait = Math.min(longestMs, firstMs * 2 ** (attempt - 1));
        await pause(wait * (0.5 + this.#options.random() / 2), undefined, { signal: request.signal });
      }
    }
  }

  #isWorthAnother(error: unknown): boolean {
    if (error instanceof S3Silence) {
      return !/CERT|SIGNATURE/.test(error.code ?? '');
    }
    if (!(error instanceof S3Refusal)) {
      return false;
    }
    if (stranger.has(error.code)) {
      // It was good before, so it may have been changed since: asked for anew.
      const wasOld = this.#accessKey.refused();
      return this.#secretKey.refused() || wasOld;
    }
    return again.has(error.code) || [408, 429, 500, 502, 503, 504].includes(error.status);
  }

  async #once<T>(request: Request, take: (response: Dispatcher.ResponseData) => Promise<T>): Promise<T> {
    const { config, clock, pace } = this.#options;
    const { method, headers = {}, body = nothing, bodyHash, signal } = request;
    const [accessKey, secretKey, dispatcher] = await Promise.all([
      this.#accessKey.get(),
      this.#secretKey.get(),
      this.#connections(),
    ]);
    const url = this.#urlOf(request);
    const unsigned = { method, url, headers, body, ...(bodyHash === undefined ? {} : { bodyHash }) };
    const { host: _, ...sent } = signed(unsigned, { accessKey, secretKey, region: config.region }, clock.now());
    try {
      const response = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...sent, 'content-length': String(body.length) },
        body: body.length === 0 ? null : body,
        headersTimeout: pace.answerMs + body.length / slowestBytesPerMs,
        bodyTimeout: pace.answerMs,
        signal: signal ?? null,
      });
      return await take(response);
    } catch (error) {
      throw error instanceof S3Refusal || error instanceof ReadFailure ? error : silenceOf(error, this.#at);
    }
  }

  #urlOf({ key, query = {} }: Request): URL {
    const { endpoint, bucket } = this.#options.config;
    const path = [bucket, ...(key === '' ? [] : key.split('/'))].map(encoded).join('/');
    const url = new URL(`${endpoint.replace(/\/+$/, '')}/${path}`);
    // `URLSearchParams` writes a space as +, which S3 reads as a plus.
    url.search = Object.entries(query)
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .join('&');
    return url;
  }

  #connections(): Promise<Dispatcher> {
    this.#dispatcher ??= connections(this.#options.config).catch((error: unknown) => {
      this.#dispatcher = null;
      throw error;
    });
    return this.#dispatcher;
  }
}

async function connections({ ca, endpoint }: S3Config): Promise<Dispatcher> {
  const { hostname } = new URL(endpoint);
  const { Agent, EnvHttpProxyAgent } = await import('undici');
  const authority =
    ca === undefined
      ? undefined
      : await readFile(ca, 'utf8').catch((error: unknown) => {
          throw new ReadFailure('not-probed', `the CA file ${ca} could not be read`, codeOf(error));
        });
  const connect = { timeout: 10_000, ...(authority === undefined ? {} : { ca: authority }) };
  const isHere = /^(localhost|127\.|\[::1\])/.test(hostname);
  // With no proxy in the environment it is an Agent; one on this machine is never asked through another.
  return isHere ? new Agent({ connect }) : new EnvHttpProxyAgent({ connect, requestTls: connect });
}

async function textOf(body: Readable): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > mostBody) {
      throw new Error('the answer is too long');
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

import { readFile } from 'node:fs/promises';
import type { Dispatcher } from 'undici';
import { clean } from '#text/clean.ts';
import { codeOf, networkFailure } from '../network.ts';
import { ReadFailure } from '../source.ts';

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly deadlineMs: number;
}

export interface Answer {
  readonly status: number;
  /** JSON where it is any; null for a page of HTML and for plain words. */
  readonly json: unknown;
  /** Its words, for a person: of a page of HTML only that it was one. */
  readonly words: string;
}

const mostBody = 4 * 1024 * 1024;
const connectMs = 3_000;
/** Nothing has gone out before these. */
const beforeSending = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
]);

/** One request over the dispatcher. Throws Silence where no whole answer came. */
export async function ask(dispatcher: Dispatcher, question: Question): Promise<Answer> {
  const { method, url, headers, body, deadlineMs } = question;
  try {
    const response = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: deadlineMs,
      bodyTimeout: deadlineMs,
      signal: AbortSignal.timeout(deadlineMs + connectMs),
    });
    const text = await textOf(response.body);
    return { status: response.statusCode, ...read(text) };
  } catch (error) {
    throw new Silence(error, url);
  }
}

/** No answer, or not a whole one. */
export class Silence extends Error {
  readonly code: string | null;
  /** The request may have reached it. */
  readonly wasSent: boolean;

  constructor(cause: unknown, { hostname, port, protocol }: URL) {
    const at = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
    const code = codeOf(cause);
    const isLate = (cause instanceof Error && cause.name === 'TimeoutError') || code?.endsWith('_TIMEOUT') === true;
    const known = networkFailure(cause, at);
    super(known?.message ?? (isLate ? `${at} did not answer in time` : `the connection to ${at} broke`), { cause });
    this.name = 'Silence';
    this.code = code;
    this.wasSent = !((code !== null && beforeSending.has(code)) || /CERT|SSL|TLS|EPROTO/.test(code ?? ''));
  }
}

/** Connections that trust the estate's CA, kept for one use of the API. */
export async function connections(ca: string | undefined): Promise<Dispatcher> {
  const { Agent } = await import('undici');
  const authority =
    ca === undefined
      ? undefined
      : await readFile(ca, 'utf8').catch((error: unknown) => {
          throw new ReadFailure('not-probed', `the CA file ${ca} could not be read`, codeOf(error));
        });
  return new Agent({ connect: { timeout: connectMs, ...(authority === undefined ? {} : { ca: authority }) } });
}

function read(text: string): Pick<Answer, 'json' | 'words'> {
  try {
    return { json: JSON.parse(text), words: clean(text.slice(0, 300)) };
  } catch {
    const isPage = /^\s*<(?:!doctype|html)/i.test(text);
    return { json: null, words: isPage ? 'a page of HTML' : clean(text.slice(0, 300)).trim() };
  }
}

async function textOf(body: Dispatcher.ResponseData['body']): Promise<string> {
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

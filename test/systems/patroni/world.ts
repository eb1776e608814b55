import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { onTestFinished } from 'vitest';
import type { PostgresServer } from '#estate/schema.ts';
import type { Operation } from '#systems/operation.ts';
import { openPatroni } from '#systems/patroni/open.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';

export const operation = { id: '01JDB0V4Q2T8Z4Y1N7X6C5W3R9', action: 'switchover' } as unknown as Operation;

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What to answer; null: never. */
export type Script = (heard: Heard) => { readonly status?: number; readonly body: string | object } | null;

/** A member that answers by a script, and what it heard. */
export async function aMember(
  script: Script,
  tls?: { readonly key: string; readonly cert: string },
): Promise<{ readonly url: string; readonly heard: readonly Heard[] }> {
  const heard: Heard[] = [];
  const handle: RequestListener = async (request, response) => {
    let body = '';
    for await (const part of request.setEncoding('utf8')) {
      body += part;
    }
    const said = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    heard.push(said);
    const answer = script(said);
    if (answer !== null) {
      const isText = typeof answer.body === 'string';
      response.writeHead(answer.status ?? 200, { 'content-type': isText ? 'text/html' : 'application/json' });
      response.end(isText ? answer.body : JSON.stringify(answer.body));
    }
  };
  const server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, heard };
}

/** An address where nobody listens. */
export async function nobody(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

export function patroniAt(
  urls: readonly string[],
  config: Partial<NonNullable<PostgresServer['patroni']>> = {},
  options: { readonly writeMs?: number } = {},
) {
  const patroni = openPatroni({
    name: 'pg-1',
    config: { urls: [...urls], ...config },
    secret: async () => 'robin',
    ...options,
  });
  onTestFinished(() => patroni.close());
  return patroni;
}

export async function failureOf(promise: Promise<unknown>): Promise<ReadFailure | WriteFailure> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ReadFailure || error instanceof WriteFailure) {
      return error;
    }
    throw error;
  }
  throw new Error('it did not fail');
}

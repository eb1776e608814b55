import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '#text/clock.ts';
import { within } from '../deadline.ts';
import { failureToAsk, type Stage, silence } from './failure.ts';
import type { HttpAnswer } from './front.ts';

/** Enough to tell a login page from an error page. */
const bodyLimit = 4096;

export interface Question {
  readonly name: string;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  address(): Promise<{ readonly host: string; readonly port: number }>;
  tls(): Promise<ConnectionOptions | null>;
}

/** One GET over a connection of its own. The deadline holds until the head; what is there of the body by then comes along. */
export async function ask(question: Question): Promise<HttpAnswer> {
  const { deadlineMs, clock, signal } = question;
  const startedAt = clock.monotonic();
  const stop = new AbortController();
  let place = { name: question.name, host: question.host, at: question.name };
  let stage: Stage = 'connecting';
  let sentAt = startedAt;

  async function head(): Promise<{ response: IncomingMessage; socket: Socket }> {
    const [{ host, port }, tls] = await Promise.all([question.address(), question.tls()]);
    place = { ...place, at: `${host}:${port}` };
    const { request: open } = tls === null ? await import('node:http') : await import('node:https');
    const { promise, resolve, reject } = Promise.withResolvers<{ response: IncomingMessage; socket: Socket }>();
    const request: ClientRequest = open({
      host,
      port,
      path: question.path,
      headers: { host: question.host, ...question.headers },
      agent: false,
      signal: AbortSignal.any([stop.signal, signal]),
      ...tls,
    });
    request.once('socket', (socket) => {
      const sending = () => {
        stage = 'asking';
        sentAt = clock.monotonic();
      };
      socket.once('connect', () => {
        stage = 'securing';
        if (tls === null) {
          sending();
        }
      });
      socket.once('secureConnect', sending);
    });
    request.once('response', (response) => resolve({ response, socket: response.socket }));
    request.once('upgrade', (response, socket) => resolve({ response, socket: socket as Socket }));
    request.once('error', reject);
    // After the head nobody listens for the loss of the rest, and an error without a listener ends the process.
    request.on('error', () => undefined);
    request.end();
    return promise;
  }

  try {
    const { response, socket } = await within(deadlineMs, head(), () => silence(place, stage, deadlineMs));
    const milliseconds = clock.monotonic() - sentAt;
    const left = deadlineMs - (clock.monotonic() - startedAt);
    const body = response.statusCode === 101 ? '' : await bodyOf(response, left);
    socket.destroy();
    return { status: response.statusCode ?? 0, milliseconds, location: response.headers.location ?? null, body };
  } catch (error) {
    throw failureToAsk(error, place, stage);
  } finally {
    stop.abort();
  }
}

async function bodyOf(response: IncomingMessage, deadlineMs: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const read = async () => {
    for await (const chunk of response) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= bodyLimit) {
        return;
      }
    }
  };
  // The answer is there; a body that breaks off or dawdles does not undo it.
  await within(deadlineMs, read(), () => new Error('late')).catch(() => undefined);
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, bodyLimit));
}

import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The authority of an endpoint inside, as PEM. */
  readonly ca: string | null;
  readonly timeoutMs: number;
}

const most = 16 * 1024 * 1024;

/** One request and its whole answer. Redirects are not followed: a signature is for one address. */
export function send({ method, url, headers, body, ca, timeoutMs }: Sent): Promise<Answer> {
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        headers: { ...headers, 'content-length': body.length },
        signal: AbortSignal.timeout(timeoutMs),
        ...(ca === null ? {} : { ca }),
      },
      (incoming) => {
        const parts: Buffer[] = [];
        let size = 0;
        incoming.on('data', (part: Buffer) => {
          parts.push(part);
          size += part.length;
          if (size > most) {
            incoming.destroy(new Error('the answer is too long'));
          }
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          const { statusCode = 0, headers: got } = incoming;
          resolve({ status: statusCode, headers: got, body: Buffer.concat(parts).toString('utf8') });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

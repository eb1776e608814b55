import type { IncomingMessage } from 'node:http';
import { protobufType, reviewFromProtobuf } from './protobuf.ts';
import { badRequest, Refusal, unsupportedMediaType } from './status.ts';

/** As on a real server: 3 MiB. */
const largest = 3 * 1024 * 1024;

export function contentTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
}

/** The object in a request's body; an empty one is `{}`. Throws 400, 413, 415. */
export async function objectIn(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await bodyOf(request);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw unrecognized(JSON.stringify(body));
}

/** Whatever JSON is in a request's body: a patch may be a list. */
export async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > largest) {
      throw new Refusal(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${largest}`);
    }
    chunks.push(bytes);
  }
  const body = Buffer.concat(chunks);
  if (body.length === 0) {
    return {};
  }
  if (contentTypeOf(request) === protobufType) {
    const review = reviewFromProtobuf(body);
    if (review === undefined || !String(review['kind']).endsWith('Review')) {
      throw unsupportedMediaType();
    }
    return review;
  }
  return parsed(body.toString('utf8'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unrecognized(text);
  }
}

function unrecognized(text: string): Refusal {
  return badRequest(
    `the object provided is unrecognized: couldn't get version/kind; json parse error (${text.slice(0, 40)})`,
  );
}

import type { IncomingMessage } from 'node:http';
import { protobufType, reviewFromProtobuf } from './protobuf.ts';
import { badRequest, Refusal, unsupportedMediaType } from './status.ts';

/** As on a real server: 3 MiB. */
const largest = 3 * 1024 * 1024;

export function contentTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
}

/** The object in a request's body; an empty one is `{}`. Throws 400, 413, 415. */
export async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
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
    if (review === undefined) {
      throw unsupportedMediaType();
    }
    return review;
  }
  return parsed(body.toString('utf8'));
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Told below: a body that is no JSON and one that is no object are refused alike.
  }
  throw badRequest(
    `the object provided is unrecognized: couldn't get version/kind; json parse error (${text.slice(0, 40)})`,
  );
}

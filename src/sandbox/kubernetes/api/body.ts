import type { IncomingMessage } from 'node:http';
import { objectFromProtobuf, protobufType } from './protobuf.ts';
import { badRequest, Refusal, unsupportedMediaType } from './status.ts';

/** As on a real server: 3 MiB. */
const largest = 3 * 1024 * 1024;

export function contentTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
}

/** The object in a request's body; an empty one is `{}`. Throws 400, 413, 415. */
export async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await bytesOf(request);
  if (body.length === 0) {
    return {};
  }
  if (contentTypeOf(request) === protobufType) {
    const object = objectFromProtobuf(body);
    if (object === undefined) {
      throw unsupportedMediaType();
    }
    return object;
  }
  const value = parsed(body);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw unrecognized(body);
}

/** What is applied: YAML, of which JSON is a part. Throws 400, 413. */
export async function yamlOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await bytesOf(request);
  const { parse } = await import('yaml');
  try {
    const value: unknown = parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {}
  throw badRequest('error decoding YAML');
}

/** The body of a patch, which may be a list. Throws 400, 413. */
export async function patchOf(request: IncomingMessage): Promise<unknown> {
  return parsed(await bytesOf(request));
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
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
  return Buffer.concat(chunks);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw unrecognized(body);
  }
}

/** A body that is no JSON and one that is no object are refused alike. */
function unrecognized(body: Buffer): Refusal {
  const text = body.toString('utf8').slice(0, 40);
  return badRequest(`the object provided is unrecognized: couldn't get version/kind; json parse error (${text})`);
}

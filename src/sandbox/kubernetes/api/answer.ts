import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';

/** Of either protocol: HTTP/2 answers have the same face here. */
export type Response = ServerResponse;

/** Answers of this size and more are compressed when the client asks (facts: kubernetes-verified.md §6). */
const gzipFrom = 128 * 1024;
const chunkSize = 64 * 1024;

export interface Encoding {
  readonly acceptEncoding: string | undefined;
}

export async function sendJson(response: Response, code: number, body: unknown, type = json): Promise<void> {
  await sendPieces(response, code, [Buffer.from(`${JSON.stringify(body)}\n`)], { acceptEncoding: undefined }, type);
}

export function sendText(response: Response, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  response.end(text);
}

const json = 'application/json';

/** Sends buffers in order without joining them all: a list of ten thousand pods is some 40 MB. */
export async function sendPieces(
  response: Response,
  code: number,
  pieces: readonly Buffer[],
  { acceptEncoding = '' }: Encoding,
  type = json,
): Promise<void> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const isCompressed = length >= gzipFrom && /\bgzip\b/.test(acceptEncoding);
  response.writeHead(code, {
    'content-type': type,
    ...(isCompressed ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : { 'content-length': length }),
  });
  if (length < chunkSize) {
    response.end(Buffer.concat(pieces));
    return;
  }
  const source = Readable.from(chunks(pieces), { objectMode: false, highWaterMark: 4 * chunkSize });
  if (isCompressed) {
    await pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), response);
  } else {
    await pipeline(source, response);
  }
}

function* chunks(pieces: readonly Buffer[]): Generator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for (const piece of pieces) {
    waiting.push(piece);
    size += piece.length;
    if (size >= chunkSize) {
      yield Buffer.concat(waiting, size);
      waiting = [];
      size = 0;
    }
  }
  if (size > 0) {
    yield Buffer.concat(waiting, size);
  }
}

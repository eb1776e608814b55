import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';

/** One line of JSON there, one back: how a command talks to the sandbox that is up. */
export type Request =
  | { readonly word: 'status' | 'reset' | 'down' }
  | { readonly word: 'scenario'; readonly name: string; readonly tenant: string | null; readonly off: boolean };

type Reply =
  | { readonly value: unknown }
  | { readonly error: { message: string; exit: ExitCode; reason: string; target: string | null; next: string | null } };

export interface Control {
  readonly path: string;
  close(): Promise<void>;
}

/** Paths of sockets end at 107 bytes, so it lives in a short folder of its own that only we can enter. */
const longestPath = 100;

export async function openControl(answer: (request: Request) => Promise<unknown>): Promise<Control> {
  const parent = tmpdir().length < longestPath - 30 ? tmpdir() : '/tmp';
  const folder = await mkdtemp(join(parent, 'till-control-'));
  const path = join(folder, 'socket');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    linesOf(socket, (line) => {
      void reply(line, answer).then((text) => socket.writable && socket.write(`${JSON.stringify(text)}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    path,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) {
        socket.end();
      }
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function reply(line: string, answer: (request: Request) => Promise<unknown>): Promise<Reply> {
  try {
    return { value: (await answer(JSON.parse(line))) ?? null };
  } catch (error) {
    const { message } = error instanceof Error ? error : { message: String(error) };
    return error instanceof TillError
      ? { error: { message, exit: error.exit, reason: error.reason, target: error.target, next: error.next } }
      : { error: { message, exit: exitCodes.failed, reason: 'sandbox-failed', target: null, next: null } };
  }
}

/** readline repeats the socket's errors, which are handled where the socket is. */
function linesOf(socket: Socket, each: (line: string) => void): void {
  createInterface({ input: socket })
    .on('line', each)
    .on('error', () => undefined);
}

/** Asks the sandbox behind a socket. Null when nobody is there any more. */
export function ask(path: string, request: Request): Promise<{ readonly value: unknown } | null> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(null));
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    linesOf(socket, (line) => {
      const answered: Reply = JSON.parse(line);
      socket.end();
      if ('error' in answered) {
        const { message, target, next, ...fields } = answered.error;
        reject(new TillError(message, { ...fields, ...(target && { target }), ...(next && { next }) }));
      } else {
        resolve(answered);
      }
    });
  });
}

/** The folder of a socket that a killed sandbox left behind. */
export async function removeSocket(path: string): Promise<void> {
  if (path.endsWith('/socket') && dirname(path).includes('till-control-')) {
    await rm(dirname(path), { recursive: true, force: true });
  }
}

import { connect, type Socket } from 'node:net';
import { type FakeServer, listening } from '../fake-server.ts';

/** A listener that behaves like a PostgreSQL server, or a pooler before one, up to a point. */
export interface Fake extends FakeServer {
  /** The startup packets seen, as text: `user`, `till_monitor`, … */
  readonly startups: readonly (readonly string[])[];
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly routine?: string;
}

async function listen(serve: (socket: Socket, first: Buffer) => void): Promise<Fake> {
  const startups: string[][] = [];
  const server = await listening((socket) => {
    socket.once('data', (first) => {
      startups.push(first.subarray(8).toString('utf8').split('\0').filter(Boolean));
      serve(socket, first);
    });
  });
  return { ...server, startups };
}

/** Answers every startup packet with this error, as a server in recovery does. */
export function refusing(refusal: Refusal): Promise<Fake> {
  return listen((socket) => socket.end(errorResponse(refusal)));
}

/** Answers with something else altogether. */
export function answering(text: string): Promise<Fake> {
  return listen((socket) => socket.end(text));
}

/** As PgBouncer does: lets nobody in who brings settings along, and everybody else through to the server. */
export function pooler(upstream: { readonly host: string; readonly port: number }): Promise<Fake> {
  return listen((socket, first) => {
    const setting = ['statement_timeout', 'options'].find((name) => first.includes(`\0${name}\0`));
    if (setting !== undefined) {
      socket.end(errorResponse({ code: '08P01', message: `unsupported startup parameter: ${setting}` }));
      return;
    }
    const server = connect(upstream);
    server.on('error', () => socket.destroy());
    socket.on('close', () => server.destroy());
    server.write(first);
    socket.pipe(server).pipe(socket);
  });
}

function errorResponse({ code, message, routine }: Refusal): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${code}`, `M${message}`, ...(routine === undefined ? [] : [`R${routine}`])];
  const body = Buffer.from(`${fields.join('\0')}\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from('E'), length, body]);
}

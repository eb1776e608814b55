import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A listener on this machine that stands in for a server. */
export interface FakeServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Each connection is handed to `serve`; closing ends all of them, however they stand. */
export async function listening(serve: (socket: Socket) => void): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What HAProxy, a pooler or a Service is to an application: one address that leads to whoever is primary. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Leads there from now on, whoever is primary. */
  pinTo(port: number): void;
  close(): Promise<void>;
}

/** `primary`: the port to lead to now; null: nobody, and who comes is turned away. */
export async function startAddress(primary: () => number | null): Promise<Address> {
  const sockets = new Set<Socket>();
  let pinned: number | null = null;
  const kept = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };
  const listener = createServer((client) => {
    kept(client).on('error', () => client.destroy());
    const port = pinned ?? primary();
    if (port === null) {
      client.destroy();
      return;
    }
    const server = kept(connect(port, '127.0.0.1'));
    server.on('error', () => client.destroy());
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
    client.pipe(server).pipe(client);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    pinTo(to) {
      pinned = to;
    },
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      listener.close();
      await once(listener, 'close');
    },
  };
}

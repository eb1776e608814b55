import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A TCP proxy that misbehaves at will: for what a network and a hanging server do to us. */
export interface BadLink {
  readonly host: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections that neither side has ended. */
  readonly open: number;
  /** Forwards, and lets go of what a stall held back. */
  pass(): void;
  /** Accepts and reads on, and never forwards a byte, either way: old connections and new ones. */
  stall(): void;
  /** Breaks off every connection, with a reset. */
  cut(): void;
  /** From now on new connections are broken off as soon as they are accepted. */
  refuse(): void;
  /** Takes so much longer each way; what follows closely is not held up by what goes before. */
  delay(milliseconds: number): void;
  /** Says goodbye to the clients (FIN) and goes on reading from them. */
  halfClose(): void;
  close(): Promise<void>;
}

export async function startProxy(upstream: { readonly host: string; readonly port: number }): Promise<BadLink> {
  const all = new Set<Socket>();
  const clients = new Set<Socket>();
  let accepted = 0;
  let refusing = false;
  let delayMs = 0;
  let gate: PromiseWithResolvers<void> | null = null;

  /** Reads on whatever happens, so that a goodbye is noticed; passes on in order, when and if it may. */
  function forward(from: Socket, to: Socket): void {
    let sent: Promise<unknown> = Promise.resolve();
    const send = (write: () => void) => {
      const dueAt = performance.now() + delayMs;
      sent = sent.then(async () => {
        await gate?.promise;
        const restMs = dueAt - performance.now();
        if (restMs > 0) {
          await pause(restMs);
        }
        write();
      });
    };
    from.on('data', (chunk) => send(() => to.write(chunk)));
    from.on('end', () => send(() => to.end()));
  }

  function serve(client: Socket): void {
    const server = connect({ ...upstream, allowHalfOpen: true });
    const end = () => {
      client.destroy();
      server.destroy();
    };
    server.on('error', end);
    client.on('end', () => clients.delete(client));
    client.on('close', end);
    forward(client, server);
    forward(server, client);
  }

  const listener: Server = createServer({ allowHalfOpen: true }, (client) => {
    accepted += 1;
    client.on('error', () => client.destroy());
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    clients.add(client);
    all.add(client);
    client.once('close', () => {
      clients.delete(client);
      all.delete(client);
    });
    serve(client);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  function pass(): void {
    refusing = false;
    delayMs = 0;
    gate?.resolve();
    gate = null;
  }

  return {
    host: '127.0.0.1',
    port,
    get accepted() {
      return accepted;
    },
    get open() {
      return clients.size;
    },
    pass,
    stall() {
      gate ??= Promise.withResolvers();
    },
    cut() {
      for (const client of clients) {
        client.resetAndDestroy();
      }
    },
    refuse() {
      refusing = true;
    },
    delay(milliseconds) {
      delayMs = milliseconds;
    },
    halfClose() {
      for (const client of clients) {
        client.end();
      }
    },
    async close() {
      for (const client of all) {
        client.destroy();
      }
      pass();
      listener.close();
      await once(listener, 'close');
    },
  };
}

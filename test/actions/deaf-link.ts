import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Passes on what is asked, and at will breaks off when the answer comes: the target has heard, we have not. */
export interface DeafLink {
  readonly port: number;
  /** From now on the next answer on connections that are open is never passed on. */
  cutNextAnswer(): void;
  /** The answer to what carries this text is never passed on. */
  cutAnswerTo(text: string): void;
  close(): Promise<void>;
}

export async function startDeafLink(upstream: { readonly host: string; readonly port: number }): Promise<DeafLink> {
  const open = new Map<Socket, { isDeaf: boolean }>();
  let fatal: string | null = null;
  const listener = createServer((client) => {
    const server = connect(upstream);
    const link = { isDeaf: false };
    open.set(client, link);
    const end = () => {
      open.delete(client);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (chunk) => {
      link.isDeaf ||= fatal !== null && chunk.includes(fatal);
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (link.isDeaf) {
        client.resetAndDestroy();
      } else {
        client.write(chunk);
      }
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cutNextAnswer() {
      for (const link of open.values()) {
        link.isDeaf = true;
      }
    },
    cutAnswerTo(text) {
      fatal = text;
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const client of open.keys()) {
        client.destroy();
      }
      await closed;
    },
  };
}

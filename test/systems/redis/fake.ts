import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export interface Fake {
  readonly host: string;
  readonly port: number;
  /** Every command seen, lower case, arguments and all. */
  readonly commands: readonly string[];
  close(): Promise<void>;
}

/** Answers commands as a server in some state does: `answer` is given the command in lower case and returns RESP. */
export async function fakeRedis(answer: (command: string) => string): Promise<Fake> {
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      for (const command of commandsIn(chunk.toString('utf8'))) {
        commands.push(command);
        socket.write(answer(command));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    commands,
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}

export const hello = '%1\r\n+proto\r\n:3\r\n';

export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

export function list(...texts: readonly string[]): string {
  return `*${texts.length}\r\n${texts.map(bulk).join('')}`;
}

/** Commands come whole and as arrays of bulk strings: what a client sends, and no more than that. */
function commandsIn(text: string): readonly string[] {
  return text
    .split(/(?:^|\r\n)\*\d+\r\n/)
    .filter((part) => part !== '')
    .map((part) =>
      part
        .split('\r\n')
        .filter((line) => !line.startsWith('$') && line !== '')
        .join(' ')
        .toLowerCase(),
    );
}

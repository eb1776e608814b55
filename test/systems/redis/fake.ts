import { type FakeServer, listening } from '../fake-server.ts';

export interface Fake extends FakeServer {
  /** Every command seen, lower case, arguments and all. */
  readonly commands: readonly string[];
}

/** Answers commands as a server in some state does: `answer` is given the command in lower case and returns RESP. */
export async function fakeRedis(answer: (command: string) => string): Promise<Fake> {
  const commands: string[] = [];
  const server = await listening((socket) => {
    socket.on('data', (chunk) => {
      for (const command of commandsIn(chunk.toString('utf8'))) {
        commands.push(command);
        socket.write(answer(command));
      }
    });
  });
  return { ...server, commands };
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

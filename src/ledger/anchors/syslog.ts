import { createSocket } from 'node:dgram';
import { connect as connectPlain, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import type { Anchor, Outgoing } from './anchor.ts';

export interface SyslogServer {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'tls';
  readonly ca: string | null;
}

const patience = 10_000;

/** A line in somebody else's log (RFC 5424). It crosses the administrator's boundary at once, and cannot be read back from here. */
export class SyslogAnchor implements Anchor {
  readonly kind = 'syslog';
  readonly name: string;
  readonly #server: SyslogServer;

  constructor(name: string, server: SyslogServer) {
    this.name = name;
    this.#server = server;
  }

  async put(checkpoint: Outgoing): Promise<string> {
    const { host, port, protocol } = this.#server;
    const line = Buffer.from(syslogLine(checkpoint));
    await (protocol === 'udp' ? datagram(this.#server, line) : stream(this.#server, line));
    return `${protocol}://${host}:${port}`;
  }

  async read(): Promise<null> {
    return null;
  }

  async weakness(): Promise<string | null> {
    return this.#server.protocol === 'udp' ? 'UDP: nobody knows whether it arrived' : null;
  }
}

/** Facility `log audit` (13), severity `notice` (5). The note stands whole in it: whoever has the line can verify with it. */
export function syslogLine({ origin, size, note, at }: Outgoing): string {
  const quoted = (text: string) => text.replaceAll(/["\\\]]/g, String.raw`\$&`);
  const fields = `origin="${quoted(origin)}" size="${size}" note="${Buffer.from(note).toString('base64')}"`;
  const host = hostname().replaceAll(/[^\x21-\x7e]/g, '') || '-';
  return `<109>1 ${new Date(at).toISOString()} ${host} till ${process.pid} checkpoint [till@32473 ${fields}] till ledger checkpoint of ${size} entries`;
}

/** Over a stream each message says its length first (RFC 6587 §3.4.1, RFC 5425 §4.3). */
function stream({ host, port, protocol, ca }: SyslogServer, line: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket =
      protocol === 'tls'
        ? connectTls({ host, port, servername: host, ...(ca === null ? {} : { ca }) })
        : connectPlain({ host, port });
    socket.setTimeout(patience, () => socket.destroy(new Error(`${host}:${port} did not answer`)));
    socket.on('error', reject);
    socket.once(protocol === 'tls' ? 'secureConnect' : 'connect', () => {
      socket.end(Buffer.concat([Buffer.from(`${line.length} `), line]));
    });
    // Written and the other side has it: it acknowledged our end of the conversation.
    socket.once('finish', () => socket.resume());
    socket.once('close', (isBroken) => (isBroken ? undefined : resolve()));
  });
}

function datagram({ host, port }: SyslogServer, line: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.on('error', reject);
    socket.send(line, port, host, (error) => {
      socket.close();
      if (error === null) {
        resolve();
      } else {
        reject(error);
      }
    });
  });
}

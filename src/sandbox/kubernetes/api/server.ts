import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Authority } from '../access/certificates.ts';

export interface Handlers {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  /** A WebSocket, over HTTP/1.1. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex) => void;
}

export interface ApiServer {
  readonly port: number;
  /** Destroys what is open; the server goes on listening. */
  cut(): void;
  close(): Promise<void>;
}

/** HTTP/2 and HTTP/1.1 on one port, as ALPN chooses; client certificates are asked for and judged by the authenticator. */
export async function listen(port: number, authority: Authority, handlers: Handlers): Promise<ApiServer> {
  const certificate = authority.issue({
    commonName: 'kube-apiserver',
    use: 'server',
    addresses: ['127.0.0.1'],
    names: ['localhost', 'kubernetes', 'kubernetes.default.svc'],
  });
  const server = createSecureServer(
    {
      allowHTTP1: true,
      key: certificate.keyPem,
      cert: certificate.pem,
      ca: authority.pem,
      requestCert: true,
      rejectUnauthorized: false,
      // What a real server says of itself (facts: kubernetes-verified.md §6).
      settings: { maxConcurrentStreams: 100, initialWindowSize: 262_144, maxFrameSize: 262_144 },
    },
    (request, response) =>
      handlers.request(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  server.on('upgrade', handlers.upgrade);
  const open = track(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const each of open) {
      each.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}

/** Sessions and sockets that are open: watches never end by themselves, so closing must cut them. */
function track(server: Http2SecureServer): ReadonlySet<Http2Session | Socket> {
  const open = new Set<Http2Session | Socket>();
  server.on('session', (session) => {
    open.add(session);
    session.on('close', () => open.delete(session));
    session.on('error', () => open.delete(session));
  });
  // From the first byte on: somebody who never finishes the handshake would hold a server that closes for minutes.
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => open.delete(socket));
  });
  return open;
}

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { WebSocket as UndiciWebSocket } from 'undici';
import { type Backend, backendOf } from './backend.ts';
import type { ClusterReader } from './cluster.ts';
import type { Connection } from './connection.ts';

type Get = ClusterReader['get'];
type Place = { readonly host: string; readonly port: number };

/** Ports on this machine that lead into the cluster. Behind a Service each new connection finds a ready pod anew, so pods may come and go. */
export class Forwards {
  readonly #connection: Connection;
  readonly #get: Get;
  readonly #open = new Map<string, Promise<{ readonly server: Server; readonly place: Place }>>();
  readonly #sockets = new Set<Socket>();

  constructor(connection: Connection, get: Get) {
    this.#connection = connection;
    this.#get = get;
  }

  to(namespace: string, service: string, port: number): Promise<Place> {
    return this.#at(`service ${namespace}/${service}:${port}`, namespace, () =>
      backendOf(this.#get, namespace, service, port),
    );
  }

  toPod(namespace: string, pod: string, port: number): Promise<Place> {
    return this.#at(`pod ${namespace}/${pod}:${port}`, namespace, async () => ({ pod, port }));
  }

  async #at(key: string, namespace: string, backend: () => Promise<Backend>): Promise<Place> {
    let opening = this.#open.get(key);
    if (opening === undefined) {
      opening = this.#listen(namespace, backend);
      this.#open.set(key, opening);
      // A Service that is not there now may be there later.
      opening.catch(() => this.#open.delete(key));
    }
    return (await opening).place;
  }

  async close(): Promise<void> {
    const open = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    const servers = open.flatMap((it) => (it.status === 'fulfilled' ? [it.value.server] : []));
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #listen(namespace: string, backend: () => Promise<Backend>) {
    // Asked once now, so that what is wrong is said to the caller and not to a socket.
    await backend();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      this.#lead(socket, namespace, backend).catch(() => socket.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const { port: local } = server.address() as AddressInfo;
    return { server, place: { host: '127.0.0.1', port: local } };
  }

  async #lead(socket: Socket, namespace: string, backendNow: () => Promise<Backend>): Promise<void> {
    socket.pause();
    const backend = await backendNow();
    const [{ access, credentials, dispatcher }, { WebSocket }] = await Promise.all([
      this.#connection.forUpgrade(),
      import('undici'),
    ]);
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(backend.pod)}/portforward`;
    const url = `${access.server.replace(/^http/, 'ws')}${path}?ports=${backend.port}`;
    const headers = Object.entries(credentials.headers).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, one]),
    );
    const tunnel = new WebSocket(url, { protocols: ['v4.channel.k8s.io'], dispatcher, headers });
    tunnel.binaryType = 'arraybuffer';
    join(socket, tunnel);
    tunnel.addEventListener('close', () => void dispatcher.destroy().catch(() => undefined));
  }
}

const dataChannel = 0;
const errorChannel = 1;
/** Above this much unsent we stop reading from the local socket. */
const muchBytes = 1024 * 1024;

/** Channel 0 carries the bytes, channel 1 an error in words; each begins with the port in two bytes. */
function join(socket: Socket, tunnel: UndiciWebSocket): void {
  const isBegun = new Set<number>();
  tunnel.addEventListener('open', () => socket.resume());
  tunnel.addEventListener('message', ({ data }) => {
    const frame = Buffer.from(data as ArrayBuffer);
    const channel = frame[0] ?? errorChannel;
    const content = frame.subarray(isBegun.has(channel) ? 1 : 3);
    isBegun.add(channel);
    if (content.length > 0 && channel === dataChannel) {
      socket.write(content);
    } else if (content.length > 0) {
      socket.destroy();
    }
  });
  tunnel.addEventListener('close', () => socket.end());
  tunnel.addEventListener('error', () => socket.destroy());
  socket.on('data', (part) => {
    tunnel.send(Buffer.concat([Buffer.of(dataChannel), part]));
    if (tunnel.bufferedAmount > muchBytes) {
      socket.pause();
      const drained = setInterval(() => {
        if (tunnel.bufferedAmount < muchBytes || tunnel.readyState !== 1) {
          clearInterval(drained);
          socket.resume();
        }
      }, 5);
    }
  });
  // The protocol cannot say "no more from me": the tunnel closes with the local socket.
  socket.on('end', () => tunnel.close());
  socket.on('close', () => tunnel.close());
}

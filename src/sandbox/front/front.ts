import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Login } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { odooAnswer } from './answer.ts';
import { tenantDatabases } from './databases.ts';

export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

export interface FrontOptions {
  readonly tenants: readonly SandboxTenant[];
  readonly odoo: Login;
  readonly reach: (tenant: SandboxTenant, path: string) => Reach;
}

/** How far a request for a tenant gets: to a pod of its Odoo, to the maintenance page, or only to Traefik, which answers itself. */
export type Reach = 'pod' | 'maintenance' | 'no-pod' | 'no-route';

const otherwise = {
  maintenance: { status: 503, reason: 'Service Unavailable', body: 'We will be back in a moment.\n' },
  'no-pod': { status: 503, reason: 'Service Unavailable', body: 'no available server\n' },
  'no-route': { status: 404, reason: 'Not Found', body: '404 page not found\n' },
} as const;

/** The edge: an HTTP server on a free port that tells tenants apart by Host, as Traefik with Odoo behind it does. */
export async function startFront({ tenants, odoo, reach }: FrontOptions): Promise<Front> {
  const databases = await tenantDatabases(odoo);
  const byHost = new Map(tenants.map((tenant) => [tenant.host, tenant]));
  const tenantOf = (request: IncomingMessage) =>
    byHost.get((request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()) ?? null;

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://front');
    const tenant = tenantOf(request);
    request.resume();
    const reached = tenant === null ? 'pod' : reach(tenant, url.pathname);
    if (reached !== 'pod') {
      const { status, body } = otherwise[reached];
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
      return;
    }
    const method = request.method ?? 'GET';
    const { status, headers, body } = await odooAnswer(
      { method, path: url.pathname, query: url.searchParams, tenant },
      databases,
    );
    response.writeHead(status, headers).end(method === 'HEAD' ? undefined : body);
  });
  server.on('upgrade', (request, socket) => upgrade(request, socket, tenantOf(request), reach));
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await databases.close();
    },
  };
}

/** RFC 6455 §1.3: what a server adds to the key to show that it understood. */
const websocketKey = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Browsers wait on it for news; nobody sends any here, so the socket only stays open until the other side closes. */
function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  tenant: SandboxTenant | null,
  reach: FrontOptions['reach'],
): void {
  socket.on('error', () => socket.destroy());
  const path = new URL(request.url ?? '/', 'http://front').pathname;
  const key = request.headers['sec-websocket-key'];
  const reached = tenant === null ? 'pod' : reach(tenant, path);
  if (reached !== 'pod') {
    const { status, reason } = otherwise[reached];
    socket.end(`HTTP/1.1 ${status} ${reason}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  } else if (tenant === null || path !== '/websocket' || key === undefined) {
    socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  } else {
    const accept = createHash('sha1').update(`${key}${websocketKey}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', () => socket.end());
    socket.on('end', () => socket.end());
  }
}

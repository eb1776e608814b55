import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Login } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { type Answer, type Asked, maintenancePage, odooAnswer } from './answer.ts';
import { type TenantDatabases, tenantDatabases } from './databases.ts';
import type { Ingress, Passage } from './ingress.ts';

export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

export interface FrontOptions {
  readonly tenants: readonly SandboxTenant[];
  readonly odoo: Login;
  readonly ingress: Ingress;
}

/** The edge: an HTTP server on a free port that tells tenants apart by Host, as Traefik with Odoo behind it does. */
export async function startFront({ tenants, odoo, ingress }: FrontOptions): Promise<Front> {
  const databases = await tenantDatabases(odoo);
  const byHost = new Map(tenants.map((tenant) => [tenant.host, tenant]));

  const asked = (request: IncomingMessage) => {
    const url = new URL(request.url ?? '/', 'http://front');
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const method = request.method ?? 'GET';
    const tenant = byHost.get(host) ?? null;
    const passage: Passage =
      tenant === null
        ? // Nobody's Host, such as the address in a kubelet's probe: what an Odoo itself says to that.
          { to: 'pods', labels: odooPods, done: () => undefined }
        : ingress.pass({ host, path: url.pathname, method }, request.socket.remoteAddress ?? '127.0.0.1');
    return { method, path: url.pathname, query: url.searchParams, tenant, passage };
  };

  const server = createServer(async (request, response) => {
    request.resume();
    const { passage, ...asking } = asked(request);
    if (passage.to === 'pods') {
      response.once('close', passage.done);
    }
    const { status, headers = {}, body } = await answerOf(passage, asking, databases);
    response
      .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers })
      .end(asking.method === 'HEAD' ? undefined : body);
  });
  server.on('upgrade', (request, socket) => upgrade(request, socket, asked(request)));
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

const odooPods = { 'app.kubernetes.io/name': 'odoo' };

async function answerOf(
  passage: Passage,
  asking: Asked,
  databases: TenantDatabases,
): Promise<Partial<Answer> & Saying> {
  if (passage.to === 'nobody') {
    return passage;
  }
  return passage.labels['app.kubernetes.io/name'] === 'odoo' ? odooAnswer(asking, databases) : maintenancePage;
}

type Saying = Pick<Answer, 'status' | 'body'>;

/** RFC 6455 §1.3: what a server adds to the key to show that it understood. */
const websocketKey = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Browsers wait on it for news; nobody sends any here, so the socket only stays open until the other side closes. */
function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  { tenant, path, passage }: Pick<Asked, 'tenant' | 'path'> & { readonly passage: Passage },
): void {
  socket.on('error', () => socket.destroy());
  const key = request.headers['sec-websocket-key'];
  if (passage.to === 'nobody') {
    refuse(socket, passage.status);
    return;
  }
  socket.once('close', passage.done);
  if (passage.labels['app.kubernetes.io/name'] !== 'odoo') {
    refuse(socket, maintenancePage.status);
  } else if (tenant === null || path !== '/websocket' || key === undefined) {
    refuse(socket, 404);
  } else {
    const accept = createHash('sha1').update(`${key}${websocketKey}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', () => socket.end());
    socket.on('end', () => socket.end());
  }
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
}

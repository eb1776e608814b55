import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSilentServer, type Server as NetServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { FrontReader } from '#systems/odoo/front.ts';
import { type FrontOptions, openFront } from '#systems/odoo/open.ts';
import { systemClock } from '#text/clock.ts';

let front: FrontReader | null = null;
const servers: (Server | NetServer)[] = [];
const sockets = new Set<Socket>();
const deadlineMs = 2_000;
const host = 'maple-toys.sandbox.localhost';

afterEach(async () => {
  await front?.close();
  front = null;
  for (const socket of sockets) {
    socket.destroy();
  }
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

async function listening(server: Server | NetServer): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function open(port: number, overrides: Partial<FrontOptions> = {}): FrontReader {
  front = openFront({
    name: 'edge',
    front: { address: `127.0.0.1:${port}`, tls: false },
    address: async () => ({ host: '127.0.0.1', port }),
    clock: systemClock,
    ...overrides,
  });
  return front;
}

async function serving(listener: RequestListener): Promise<FrontReader> {
  return open(await listening(createServer(listener)));
}

async function silent(onConnection: (socket: Socket) => void): Promise<FrontReader> {
  return open(await listening(createSilentServer(onConnection)));
}

describe('a front', () => {
  it('is asked as the tenant’s users would: with its Host', async () => {
    let seen: IncomingMessage | null = null;
    const edge = await serving((request, response) => {
      seen = request;
      response.end('<title>Login</title>');
    });
    const answer = await edge.get(host, '/web/login', { deadlineMs });
    expect(answer).toMatchObject({ status: 200, location: null, body: '<title>Login</title>' });
    expect(answer.milliseconds).toBeGreaterThan(0);
    expect(seen).toMatchObject({ url: '/web/login', method: 'GET' });
    expect(seen?.['headers' as never]).toMatchObject({ host, 'user-agent': expect.stringMatching(/^till\//) });
    expect(edge.state).toMatchObject({ source: 'odoo/edge', phase: 'live', message: null });
  });

  it('does not follow redirects: an Odoo without its database answers with one', async () => {
    let asked = 0;
    const edge = await serving((_, response) => {
      asked += 1;
      response.writeHead(303, { location: '/web/database/selector' }).end();
    });
    expect(await edge.get(host, '/web/login', { deadlineMs })).toMatchObject({
      status: 303,
      location: '/web/database/selector',
    });
    expect(asked).toBe(1);
  });

  it('cuts the body at 4 KiB and lets the rest go', async () => {
    const edge = await serving((_, response) => {
      response.writeHead(500);
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(1_000)));
      };
      response.on('drain', pour);
      pour();
    });
    const answer = await edge.get(host, '/', { deadlineMs });
    expect([answer.status, answer.body.length]).toEqual([500, 4_096]);
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('takes an answer whose body never ends for what it has', async () => {
    const edge = await serving((_, response) => void response.write('half a page'));
    expect(await edge.get(host, '/', { deadlineMs: 300 })).toMatchObject({ status: 200, body: 'half a page' });
  });

  it('shakes hands for a WebSocket as Odoo asks for it, and hangs up', async () => {
    const server = createServer();
    let headers: IncomingMessage['headers'] = {};
    server.on('upgrade', (request, socket) => {
      headers = request.headers;
      socket.resume().once('end', () => socket.end());
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    });
    const edge = open(await listening(server));
    expect(await edge.upgrade(host, '/websocket', { deadlineMs })).toMatchObject({ status: 101, body: '' });
    expect(headers).toMatchObject({
      host,
      origin: `http://${host}`,
      upgrade: 'websocket',
      'sec-websocket-version': '13',
    });
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('says what was answered in place of a WebSocket', async () => {
    const edge = await serving((_, response) => void response.writeHead(500).end("Couldn't bind the websocket"));
    expect(await edge.upgrade(host, '/websocket', { deadlineMs })).toMatchObject({
      status: 500,
      body: "Couldn't bind the websocket",
    });
  });
});

describe('a front that fails', () => {
  it('accepts and never answers: said within the deadline, of this tenant alone', async () => {
    const edge = await silent((socket) => void socket.resume());
    await expect(edge.get(host, '/web/login', { deadlineMs: 300 })).rejects.toMatchObject({
      reason: 'unreachable',
      message: `edge: accepted the connection but ${host} did not answer within 0.3 s`,
    });
    expect(edge.state.phase).toBe('unreachable');
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('hangs for everybody: after a few hosts the others need not wait to hear it', async () => {
    let awake = false;
    const edge = await serving((_, response) => void (awake && response.end()));
    const hosts = Array.from({ length: 12 }, (_, index) => `shop-${index}.sandbox.localhost`);
    const ask = (name: string, deadlineMs = 200) => edge.get(name, '/', { deadlineMs });
    const patient = ask('patient.sandbox.localhost', 60_000).catch((failure: Error) => failure.message);
    await Promise.allSettled(hosts.slice(0, 6).map((name) => ask(name)));
    expect(await patient).toMatch(/answered for none of the last 6 hosts$/);
    const startedAt = performance.now();
    await expect(ask('shop-7.sandbox.localhost')).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringMatching(/^edge: .* accepts connections but answered for none of the last 6 hosts$/),
    });
    expect(performance.now() - startedAt).toBeLessThan(100);
    expect(edge.state.phase).toBe('unreachable');
    awake = true;
    await expect.poll(() => ask('shop-8.sandbox.localhost').catch(() => null), { timeout: 5_000 }).not.toBe(null);
    expect(edge.state.phase).toBe('live');
  });

  it('hangs for many at once and answers for others meanwhile: those many are not the front', async () => {
    const edge = await serving((request, response) => void (request.url === '/well' && response.end()));
    const hang = Array.from({ length: 8 }, (_, index) => edge.get(`shop-${index}.example`, '/', { deadlineMs: 300 }));
    await edge.get('bike-barn.example', '/well', { deadlineMs });
    await Promise.allSettled(hang);
    expect(await edge.get('bike-barn.example', '/well', { deadlineMs })).toMatchObject({ status: 200 });
  });

  it('hangs for one tenant and answers for another: the front is live', async () => {
    const edge = await serving((request, response) => {
      if (request.headers.host !== host) {
        response.end();
      }
    });
    await edge.get('bike-barn.sandbox.localhost', '/', { deadlineMs });
    await expect(edge.get(host, '/', { deadlineMs: 200 })).rejects.toMatchObject({ reason: 'unreachable' });
    expect(edge.state).toMatchObject({ phase: 'live', message: null });
    expect(await edge.get('bike-barn.sandbox.localhost', '/', { deadlineMs })).toMatchObject({ status: 200 });
  });

  it('closes without a word', async () => {
    const edge = await silent((socket) => socket.end());
    await expect(edge.get(host, '/', { deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: `edge: the connection was closed before ${host} answered`,
    });
  });

  it('speaks something that is not HTTP', async () => {
    const edge = await silent((socket) => void socket.write('-ERR unknown command\r\n'));
    await expect(edge.get(host, '/', { deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringMatching(/did not answer with HTTP/),
    });
  });

  it('refuses connections: then no tenant need wait to hear it', async () => {
    const port = await listening(createServer());
    await new Promise((done) => servers.splice(0)[0]?.close(done));
    const edge = open(port);
    const words = `127.0.0.1:${port} refused the connection`;
    const failure = { reason: 'unreachable', message: `edge: ${words}` };
    await expect(edge.get(host, '/', { deadlineMs })).rejects.toMatchObject(failure);
    expect(edge.state).toMatchObject({ phase: 'unreachable', message: words });
    await expect(edge.get('bike-barn.sandbox.localhost', '/', { deadlineMs })).rejects.toMatchObject(failure);
  });

  it('ends what is under way when it is closed', async () => {
    const edge = await silent(() => undefined);
    const asked = edge.get(host, '/', { deadlineMs: 60_000 });
    await expect.poll(() => sockets.size).toBe(1);
    await edge.close();
    await expect(asked).rejects.toMatchObject({ reason: 'unreachable' });
    expect(edge.state.phase).toBe('stopped');
  });
});

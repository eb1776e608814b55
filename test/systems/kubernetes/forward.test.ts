import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acceptTunnel, type Tunnel } from '#sandbox/kubernetes/api/tunnel.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { openCluster } from '#systems/kubernetes/open.ts';
import { FaultServer, type Resource } from './fault-server.ts';
import { pod, pods } from './objects.ts';

const services = '/api/v1/services';
const service = (ports: readonly object[], selector: object | null = { app: 'odoo' }): Resource => ({
  metadata: { name: 'db', namespace: 'shop' },
  spec: { selector, ports },
});
const ready = (name: string) => {
  const made = pod(name);
  const containers = [{ name: 'pg', ports: [{ name: 'sql', containerPort: 5555 }] }];
  return { ...made, spec: { ...(made['spec'] as object), containers } };
};

let server: FaultServer;
let cluster: ClusterReader;
let led: { readonly pod: string; readonly port: number; readonly tunnel: Tunnel }[];
let sockets: Socket[];

beforeEach(async () => {
  server = await new FaultServer().start();
  server.put(services, service([{ port: 5432, targetPort: 'sql' }]));
  server.put(pods, ready('db-0'));
  led = [];
  sockets = [];
  // A pod that echoes what it gets, with its own name before it.
  server.onPortForward = (name, port, key, stream) => {
    const tunnel = acceptTunnel(key, port, stream, {
      data: (bytes) => tunnel.send(0, Buffer.concat([Buffer.from(`${name}:`), bytes])),
    });
    led.push({ pod: name, port, tunnel });
  };
  cluster = openCluster({ name: 'test', kubeconfig: server.kubeconfig() });
});
afterEach(async () => {
  for (const socket of sockets) {
    socket.destroy();
  }
  await cluster.close();
  await server.close();
});

async function dial(): Promise<Socket> {
  const { host, port } = await cluster.forward('shop', 'db', 5432);
  const socket = connect({ host, port });
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket, words: string): Promise<string> {
  socket.write(words);
  const [answer] = await once(socket, 'data');
  return String(answer);
}

describe('a port that leads to a Service', () => {
  it('is on this machine only and carries bytes both ways to the named port of a ready pod', async () => {
    const place = await cluster.forward('shop', 'db', 5432);
    expect(place.host).toBe('127.0.0.1');
    const socket = await dial();
    expect(await ask(socket, 'hello')).toBe('db-0:hello');
    expect(await ask(socket, 'again')).toBe('db-0:again');
    expect(led).toMatchObject([{ pod: 'db-0', port: 5555 }]);
  });

  it('is one port, however often it is asked for', async () => {
    const places = await Promise.all([1, 2, 3].map(() => cluster.forward('shop', 'db', 5432)));
    expect(new Set(places.map(({ port }) => port)).size).toBe(1);
  });

  it('carries much in one go, unharmed', async () => {
    server.onPortForward = (_name, port, key, stream) => {
      acceptTunnel(key, port, stream, { data: (bytes, tunnel) => tunnel.send(0, bytes) });
    };
    const socket = await dial();
    const sent = randomBytes(3_000_000);
    const got: Buffer[] = [];
    let length = 0;
    socket.on('data', (part: Buffer) => {
      got.push(part);
      length += part.length;
    });
    socket.write(sent);
    await vi.waitUntil(() => length === sent.length, { timeout: 20_000 });
    expect(Buffer.concat(got).equals(sent)).toBe(true);
  });

  it('leads the next connection to the pod that took over', async () => {
    const first = await dial();
    expect(await ask(first, 'x')).toBe('db-0:x');
    server.delete(pods, pod('db-0'));
    server.put(pods, ready('db-1'));
    led[0]?.tunnel.close();
    await once(first, 'end');
    expect(await ask(await dial(), 'y')).toBe('db-1:y');
  });

  it('passes over pods that are not ready or are leaving', async () => {
    server.put(pods, { ...ready('db-0'), status: { conditions: [{ type: 'Ready', status: 'False' }] } });
    const leaving = ready('db-1');
    server.put(pods, { ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    server.put(pods, ready('db-2'));
    expect(await ask(await dial(), 'x')).toBe('db-2:x');
  });

  it('closes the connection when the pod says that its port refuses', async () => {
    const socket = await dial();
    await ask(socket, 'x');
    led[0]?.tunnel.send(1, Buffer.from('connection refused'));
    await once(socket, 'close');
  });

  it('closes the connection when the API server forbids it', async () => {
    server.onPortForward = null;
    const socket = await dial();
    await once(socket, 'close');
  });

  it('leads to one pod by its name, whatever any Service says', async () => {
    server.put(pods, ready('db-9'));
    const { host, port } = await cluster.forwardToPod('shop', 'db-9', 8069);
    const socket = connect({ host, port });
    sockets.push(socket);
    await once(socket, 'connect');
    expect(await ask(socket, 'x')).toBe('db-9:x');
    expect(led).toMatchObject([{ pod: 'db-9', port: 8069 }]);
  });

  it('is closed with the reader', async () => {
    const { host, port } = await cluster.forward('shop', 'db', 5432);
    await cluster.close();
    const [error] = await once(connect({ host, port }), 'error');
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNREFUSED');
  });
});

describe('a Service that leads nowhere says so:', () => {
  const failure = () =>
    cluster.forward('shop', 'db', 5432).then(
      () => 'none',
      (error: Error) => error.message,
    );

  it('it is not there', async () => {
    await expect(cluster.forward('shop', 'gone', 1)).rejects.toMatchObject({ name: 'ReadFailure' });
  });

  it('it has no such port', async () => {
    server.put(services, service([{ port: 80 }]));
    expect(await failure()).toBe('service shop/db has no port 5432');
  });

  it('it selects no pods', async () => {
    server.put(services, service([{ port: 5432 }], null));
    expect(await failure()).toBe('service shop/db selects no pods');
  });

  it('none of its pods is ready; and it is asked anew once one is', async () => {
    server.delete(pods, pod('db-0'));
    expect(await failure()).toBe('service shop/db has no ready pod');
    server.put(pods, ready('db-1'));
    expect(await ask(await dial(), 'x')).toBe('db-1:x');
  });
});

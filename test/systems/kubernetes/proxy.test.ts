import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCluster } from '#systems/kubernetes/open.ts';
import { proxyFor } from '#systems/kubernetes/proxy.ts';
import { FaultServer } from './fault-server.ts';
import { pod, pods } from './objects.ts';

const server = 'https://api.eu.example.com:6443';
const at = (env: NodeJS.ProcessEnv, proxyUrl: string | null = null, to = server) =>
  proxyFor({ proxyUrl, server: to }, env);

describe('the proxy to the API server', () => {
  it("is the kubeconfig's before the environment's", () => {
    expect(at({ HTTPS_PROXY: 'http://env:3128' }, 'http://kubeconfig:3128')).toBe('http://kubeconfig:3128');
    expect(at({ HTTPS_PROXY: 'http://env:3128' })).toBe('http://env:3128');
    expect(at({ https_proxy: 'env:3128' })).toBe('http://env:3128');
    expect(at({ HTTP_PROXY: 'http://env:3128' })).toBeNull();
    expect(at({})).toBeNull();
  });

  it.each([
    ['*', null],
    ['api.eu.example.com', null],
    ['example.com', null],
    ['.example.com', null],
    ['*.example.com', null],
    ['example.com:6443', null],
    ['example.com:443', 'http://p:1'],
    ['ample.com', 'http://p:1'],
    ['other.com, eu.example.com', null],
    ['', 'http://p:1'],
  ])('is passed by for NO_PROXY=%s: %s', (exceptions, expected) => {
    expect(at({ HTTPS_PROXY: 'http://p:1', NO_PROXY: exceptions })).toBe(expected);
  });

  it.each([
    ['10.0.0.0/8', '10.9.8.7', null],
    ['10.9.0.0/16', '10.9.8.7', null],
    ['10.8.0.0/16', '10.9.8.7', 'http://p:1'],
    ['10.9.8.7/32', '10.9.8.7', null],
    ['10.0.0.0/8', 'api.example.com', 'http://p:1'],
    ['', '127.0.0.1', null],
    ['', 'localhost', null],
  ])('is passed by for NO_PROXY=%s on the way to %s: %s', (exceptions, host, expected) => {
    expect(at({ HTTPS_PROXY: 'http://p:1', NO_PROXY: exceptions }, null, `https://${host}:6443`)).toBe(expected);
  });
});

describe('a cluster behind a proxy', () => {
  let fault: FaultServer;
  let proxy: Server;
  let tunnels: string[];

  beforeEach(async () => {
    fault = await new FaultServer().start();
    tunnels = [];
    proxy = createServer().on('connect', ({ url = '' }, client) => {
      tunnels.push(url);
      const [host, port] = url.split(':');
      const upstream = connect({ host: host ?? '', port: Number(port) }, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await fault.close();
    proxy.close();
    proxy.closeAllConnections();
  });

  it('is read through it', async () => {
    fault.put(pods, pod('a'));
    const { port } = proxy.address() as AddressInfo;
    const kubeconfig = fault.kubeconfig({ cluster: `, proxy-url: "http://127.0.0.1:${port}"` });
    const cluster = openCluster({ name: 'test', kubeconfig });
    const store = cluster.watch('pods');
    await store.settled();
    expect([store.state.phase, store.rows.size]).toEqual(['live', 1]);
    expect(tunnels).toEqual([new URL(fault.url).host]);
    await cluster.close();
  });
});

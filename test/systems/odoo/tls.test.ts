import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FrontReader } from '#systems/odoo/front.ts';
import { openFront } from '#systems/odoo/open.ts';
import { systemClock } from '#text/clock.ts';
import { type CertificateFiles, certificateFiles } from '../../certificates.ts';
import { startProxy } from '../../proxy.ts';

let files: CertificateFiles;
let front: FrontReader | null = null;
let server: Server;
const deadlineMs = 5_000;
const host = 'maple-toys.example';

beforeAll(async () => {
  files = await certificateFiles({ names: [host] });
});
afterEach(async () => {
  await front?.close();
  server.closeAllConnections();
  server.close();
});
afterAll(() => files.remove());

async function listening(certificates: CertificateFiles): Promise<number> {
  server = createServer(
    { cert: readFileSync(certificates.certificate), key: readFileSync(certificates.key) },
    (request, response) => response.end(String((request.socket as TLSSocket & { servername: string }).servername)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function open(port: number, ca: string | undefined): FrontReader {
  front = openFront({
    name: 'edge',
    front: { address: `127.0.0.1:${port}`, tls: true, ca },
    address: async () => ({ host: '127.0.0.1', port }),
    clock: systemClock,
  });
  return front;
}

describe('a front with TLS', () => {
  it('is asked with the tenant’s name in SNI, and its certificate held against it', async () => {
    const edge = open(await listening(files), files.ca);
    expect(await edge.get(host, '/', { deadlineMs })).toMatchObject({ status: 200, body: host });
    expect(await edge.get(`${host}:8443`, '/', { deadlineMs })).toMatchObject({ body: host });
  });

  it('shows one tenant a certificate that is not its own: that one is unreachable, the front is not', async () => {
    const edge = open(await listening(files), files.ca);
    await expect(edge.get('bike-barn.example', '/', { deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      message: 'edge: the certificate of bike-barn.example is for another name',
    });
    expect(await edge.get(host, '/', { deadlineMs })).toMatchObject({ status: 200 });
  });

  it('is not trusted without its CA', async () => {
    const edge = open(await listening(files), undefined);
    await expect(edge.get(host, '/', { deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringMatching(/is not signed by an authority that till trusts; name its CA/),
    });
  });

  it('has a certificate that has expired', async () => {
    const old = await certificateFiles({ names: [host], notAfter: Date.now() - 60_000 });
    try {
      const edge = open(await listening(old), old.ca);
      await expect(edge.get(host, '/', { deadlineMs })).rejects.toMatchObject({
        reason: 'unreachable',
        message: `edge: the certificate of ${host} has expired`,
      });
    } finally {
      await old.remove();
    }
  });

  it('never finishes the handshake: said within the deadline', async () => {
    const link = await startProxy({ host: '127.0.0.1', port: await listening(files) });
    try {
      link.stall();
      const edge = open(link.port, files.ca);
      await expect(edge.get(host, '/', { deadlineMs: 300 })).rejects.toMatchObject({
        reason: 'unreachable',
        message: `edge: accepted the connection but no TLS session for ${host} came about within 0.3 s`,
      });
    } finally {
      await link.close();
    }
  });
});

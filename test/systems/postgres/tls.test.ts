import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresOptions } from '#systems/postgres/open.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { type CertificateFiles, certificateFiles } from '../../certificates.ts';
import { startProxy } from '../../proxy.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { failureOf, prepare, reader } from './world.ts';

let files: CertificateFiles;
let server: TestPostgres;
let postgres: PostgresReader;

const deadlineMs = 5_000;
const via = { cluster: 'eu', namespace: 'db', service: 'pg-rw', port: 5432 };

beforeAll(async () => {
  files = await certificateFiles({ names: ['pg-rw.db.svc', 'pg-1.example'] });
  server = await startTestPostgres({
    settings: { ssl: 'on', ssl_cert_file: files.certificate, ssl_key_file: files.key },
  });
  await prepare(server);
});
afterEach(() => postgres.close());
afterAll(async () => {
  await server.stop();
  await files.remove();
});

/** `TLSv1.3` over TLS, null without; or why there is nothing. */
async function reached(settings: Partial<PostgresOptions['server']>): Promise<unknown> {
  postgres = reader(server, { server: settings });
  try {
    const [row] = await postgres.query(
      { text: 'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()' },
      { deadlineMs },
    );
    return row?.['version'];
  } catch (error) {
    return (error as Error).message;
  }
}

describe('TLS to PostgreSQL, as libpq means it', () => {
  it('disable: plain text', async () => {
    expect(await reached({ tls: 'disable' })).toBe(null);
  });

  it('require: encrypted, with whatever certificate; but a CA that is named counts', async () => {
    expect(await reached({ tls: 'require' })).toBe('TLSv1.3');
    await postgres.close();
    expect(await reached({ tls: 'require', ca: files.ca })).toBe('TLSv1.3');
    await postgres.close();
    expect(await reached({ tls: 'require', ca: files.otherCa })).toMatch(/not signed by an authority that till trusts/);
  });

  it('verify-ca: signed by the CA, for whatever name', async () => {
    expect(await reached({ tls: 'verify-ca', ca: files.ca })).toBe('TLSv1.3');
    await postgres.close();
    expect(await reached({ tls: 'verify-ca' })).toMatch(/not signed by an authority that till trusts; name its CA/);
  });

  it('verify-full: for the very name that is asked', async () => {
    expect(await reached({ tls: 'verify-full', ca: files.ca })).toBe(
      `pg-1: the certificate of 127.0.0.1:${server.port} is for another name`,
    );
    await postgres.close();
    expect(await reached({ tls: 'verify-full', ca: files.ca, host: 'pg-1.example' })).toBe('TLSv1.3');
  });

  it('verify-full through a port-forward: for the Service’s name', async () => {
    expect(await reached({ tls: 'verify-full', ca: files.ca, via })).toBe('TLSv1.3');
    await postgres.close();
    expect(await reached({ tls: 'verify-full', ca: files.ca, via: { ...via, service: 'pg-ro' } })).toMatch(
      /is for another name/,
    );
  });

  it('says which CA file could not be read', async () => {
    postgres = reader(server, { server: { tls: 'verify-full', ca: '/nowhere/ca.pem' } });
    expect(await failureOf(postgres.query({ text: 'SELECT 1' }, { deadlineMs }))).toEqual({
      reason: 'not-probed',
      message: 'pg-1: the CA file /nowhere/ca.pem could not be read',
      code: 'ENOENT',
    });
  });

  it('is given up at the deadline too, in the handshake and after', async () => {
    const link = await startProxy(server);
    try {
      postgres = reader(link, { server: { tls: 'require' } });
      link.stall();
      const ask = () => failureOf(postgres.query({ text: 'SELECT 1' }, { deadlineMs: 300 }));
      expect(await ask()).toMatchObject({
        message: expect.stringMatching(/accepted the connection but did not answer/),
      });
      link.pass();
      await postgres.visit('maple_toys', { deadlineMs, urgent: true }, (read) => read({ text: 'SELECT 1' }));
      await postgres.query({ text: 'SELECT 1' }, { deadlineMs });
      link.stall();
      expect(await ask()).toMatchObject({ message: expect.stringMatching(/did not answer within 0.3 s/) });
    } finally {
      await link.close();
    }
  });
});

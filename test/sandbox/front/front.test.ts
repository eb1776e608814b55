import { once } from 'node:events';
import { createConnection } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Front, startFront } from '#sandbox/front/front.ts';
import type { Passage } from '#sandbox/front/ingress.ts';
import { createDatabases } from '#sandbox/odoo/databases.ts';
import { createRoles } from '#sandbox/roles.ts';
import { sandboxTenants } from '#sandbox/tenants.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';

/** Bare clones: a login page needs no history. */
const tenants = sandboxTenants(40).map((tenant) => ({ ...tenant, isLively: false }));
const [first] = tenants;
const host = 'harbour-shoes.sandbox.localhost';

describe('the front of the sandbox', () => {
  let postgres: TestPostgres;
  let front: Front;
  const toOdoo: Passage = { to: 'pods', labels: { 'app.kubernetes.io/name': 'odoo' }, done: () => undefined };
  let passage: Passage = toOdoo;
  beforeAll(async () => {
    postgres = await startTestPostgres();
    const { odoo } = await createRoles(postgres, { server: ['CREATE ROLE till_monitor LOGIN'], database: [] });
    await createDatabases({ superuser: postgres, odoo, tenants, seed: 1, grants: [], progress: () => undefined });
    front = await startFront({ tenants, odoo, ingress: { pass: () => passage } });
  });
  afterAll(async () => {
    await front?.close();
    await postgres?.stop();
  });

  const get = async (path: string, as: string = host, method: 'GET' | 'POST' = 'GET') => {
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${front.port}${path}`, {
      method,
      headers: { host: as },
    });
    return { status: statusCode, location: headers['location'], body: await body.text() };
  };

  it('serves the login page out of the database of the Host', async () => {
    const { status, body } = await get('/web/login');
    expect(status).toBe(200);
    expect(body).toContain('<title>Login | harbour</title>');
  });

  it('says nothing is wrong with the process while the database is away, but sends users to the selector', async () => {
    await postgres.sql('postgres', `ALTER DATABASE harbour_shoes ALLOW_CONNECTIONS false`);
    await postgres.sql(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'harbour_shoes'`,
    );
    expect(await get('/web/health')).toMatchObject({ status: 200, body: '{"status":"pass"}' });
    expect(await get('/web/login')).toMatchObject({ status: 303, location: '/web/database/selector' });
    expect(await get('/shop')).toMatchObject({ status: 404 });
    await postgres.sql('postgres', `ALTER DATABASE harbour_shoes ALLOW_CONNECTIONS true`);
    expect(await get('/web/login')).toMatchObject({ status: 200 });
  });

  it('knows no tenant by an address: no database is touched for a probe of the kubelet', async () => {
    expect(await get('/web/login', '10.42.0.7:8069')).toMatchObject({ status: 303 });
    expect(await get('/websocket/health', '10.42.0.7:8069')).toMatchObject({ status: 404 });
    expect(await get('/websocket/health')).toMatchObject({ status: 200, body: '{"status":"pass"}' });
    expect(await get('/web/health?db_server_status=1', '10.42.0.7')).toMatchObject({
      body: '{"status":"pass","db_server_status":true}',
    });
  });

  it('tells the version of the series', async () => {
    const { body } = await get('/web/webclient/version_info', 'lumen-books.sandbox.localhost', 'POST');
    expect(JSON.parse(body).result).toMatchObject({
      server_serie: '19.0',
      server_version_info: [19, 0, 0, 'final', 0, ''],
    });
    expect((await get('/web/version', 'lumen-books.sandbox.localhost')).status).toBe(200);
    expect((await get('/web/version')).status).toBe(404);
  });

  it('opens a websocket for a tenant and for nobody else', async () => {
    const status = async (as: string) => {
      const socket = createConnection(front.port, '127.0.0.1');
      socket.write(
        `GET /websocket HTTP/1.1\r\nhost: ${as}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
          'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n',
      );
      const [data] = await once(socket, 'data');
      socket.destroy();
      return String(data);
    };
    // RFC 6455 §1.3 works this key out.
    expect(await status(host)).toMatch(/^HTTP\/1\.1 101 [\s\S]*sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
    expect(await status('10.42.0.7')).toMatch(/^HTTP\/1\.1 404/);
  });

  it('says what Traefik says where it lets nobody through', async () => {
    passage = { to: 'nobody', status: 429, body: 'Too Many Requests', headers: { 'retry-after': '3' } };
    expect(await get('/web/health')).toMatchObject({ status: 429, body: 'Too Many Requests' });
    passage = toOdoo;
  });

  it('shows the page of a tenant in maintenance with 503, so that nobody takes it for the shop', async () => {
    passage = { to: 'pods', labels: { 'app.kubernetes.io/name': 'maintenance-page' }, done: () => undefined };
    const { status, body } = await get('/web/login');
    expect(status).toBe(503);
    expect(body).toContain('back soon');
    passage = toOdoo;
  });

  it('holds connections to a few databases only, however many are asked for', async () => {
    const answers = await Promise.all(tenants.flatMap(({ host: name }) => [get('/web/login', name), get('/', name)]));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const [row] = await postgres.sql(
      'postgres',
      `SELECT count(*)::int AS open FROM pg_stat_activity WHERE usename = 'odoo'`,
    );
    expect(row?.['open']).toBeLessThanOrEqual(31);
    expect(first?.host).toBe(host);
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start } from '#backups/child.ts';
import { postgresPrograms } from '#backups/programs.ts';
import type { Operation } from '#systems/operation.ts';
import { openDatabaseLogin } from '#systems/postgres/login-open.ts';
import { programsEnv } from '../../backup-programs.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';

const operation = { id: '01JDB0V4Q2T8Z4Y1N7X6C5W3R9', action: 'backup' } as unknown as Operation;
const password = 'a:b\\c*d';
let server: TestPostgres;

beforeAll(async () => {
  server = await startTestPostgres();
  await server.sql('postgres', `CREATE ROLE reader LOGIN PASSWORD '${password}' CREATEDB`);
  await server.sql(
    'postgres',
    'CREATE TABLE kept (id int); INSERT INTO kept VALUES (1); GRANT SELECT, INSERT ON kept TO reader',
  );
});
afterAll(() => server.stop());

function aLogin(secret = password) {
  return openDatabaseLogin({
    name: 'pg-1',
    server: { host: server.host, port: server.port, user: 'reader', tls: 'disable', database: 'postgres' },
    password: async () => secret,
    address: async () => server,
  });
}

describe('a login for one purpose', () => {
  it('reads and cannot write, unless an operation writes', async () => {
    const reading = await aLogin().reading('postgres');
    expect(await reading.query({ text: 'SELECT id FROM kept WHERE id = $1', values: [1] })).toEqual([{ id: 1 }]);
    await expect(reading.query({ text: 'INSERT INTO kept VALUES (2)' })).rejects.toMatchObject({
      message: expect.stringContaining('read-only transaction'),
    });
    await reading.close();
    const writing = await aLogin().writing(operation, 'postgres');
    await writing.query({ text: 'INSERT INTO kept VALUES (2)' });
    const [who] = await writing.query({ text: "SELECT current_setting('application_name') AS name" });
    await writing.close();
    expect(who).toEqual({ name: `till/${operation.id}` });
    expect(await server.sql('postgres', 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 2 }]);
  });

  it('says who was refused, and notices that the server ended the session', async () => {
    await expect(aLogin('another').reading('postgres')).rejects.toMatchObject({
      reason: 'forbidden',
      message: expect.stringContaining('pg-1 as reader'),
    });
    const session = await aLogin().reading('postgres');
    const lost = new Promise((resolve) => session.lost.addEventListener('abort', resolve));
    await server.sql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'");
    await lost;
    await session.close();
  });

  it("lets PostgreSQL's programs in without a secret in their arguments or environment, as often as they connect", async () => {
    const { psql } = await postgresPrograms(15, await programsEnv(15));
    const { env, passfile, close } = await aLogin().forChildren('postgres', 'till/x');
    expect(JSON.stringify(env)).not.toContain(password);
    for (let time = 0; time < 2; time += 1) {
      const child = start(
        psql.path,
        ['-X', '-w', '-At', '-c', '\\c', '-c', "SELECT current_setting('application_name')"],
        {
          ...{ stdin: 'ignore', stdout: 'pipe', more: [passfile.fd], env },
        },
      );
      let said = '';
      child.process.stdout?.on('data', (text) => (said += text));
      await child.done;
      expect(said).toContain('till/x');
    }
    await close();
    await expect(promisify(execFile)(psql.path, ['-X', '-w', '-c', 'SELECT 1'], { env })).rejects.toThrow();
  });
});

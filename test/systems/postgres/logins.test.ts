import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { licence } from '#actions/licence.ts';
import { accessSql } from '#estate/enforcement/sql.ts';
import type { PostgresLogins } from '#systems/postgres/logins.ts';
import { openPostgresLogins } from '#systems/postgres/logins-open.ts';
import { systemClock } from '#text/clock.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';

const act = licence('01JD0000000000000000000000', 'access-mint');
const name = 'till_g_01jd0000000000000000000000';
const login = {
  name,
  password: 'of-the-grant-alone',
  validUntil: '2099-01-01T00:00:00Z',
  roles: ['till_act_sessions'],
  comment: 'till grant 01JD0000000000000000000000 of estate e',
};

describe('a login of a grant, on a real PostgreSQL', () => {
  let server: TestPostgres;
  let logins: PostgresLogins;
  const opened: Client[] = [];
  const as = async (user: string, password: string) => {
    const { host, port } = server;
    const client = new Client({ host, port, user, password, database: 'postgres' });
    client.on('error', () => undefined);
    opened.push(client);
    await client.connect();
    return client;
  };
  beforeAll(async () => {
    server = await startTestPostgres();
    // Twice: an administrator may apply it again.
    await server.sql('postgres', accessSql());
    await server.sql('postgres', accessSql());
    await server.sql('postgres', "ALTER ROLE till_minter PASSWORD 'of-the-minter-alone'");
    logins = openPostgresLogins({
      name: 'pg-1',
      server: { host: server.host, port: server.port, user: 'till_minter', tls: 'disable', database: 'postgres' },
      password: async () => 'of-the-minter-alone',
      address: async () => server,
      clock: systemClock,
    });
  }, 60_000);
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((client) => client.end().catch(() => undefined)));
  });
  afterAll(() => server?.stop());

  it('has what its actions need by inheritance, two connections, and nothing else, also when made twice', async () => {
    await logins.makeLogin(act, login);
    const { canForbidSetRole } = await logins.makeLogin(act, login);
    expect(await logins.found()).toEqual([{ name, comment: login.comment }]);
    const client = await as(name, login.password);
    const [victim, other] = [await as(name, login.password), await as('postgres', server.password)];
    const pid = async (one: Client) => (await one.query('SELECT pg_backend_pid() AS pid')).rows[0].pid as number;
    expect((await client.query('SELECT pg_terminate_backend($1) AS done', [await pid(victim)])).rows).toEqual([
      { done: true },
    ]);
    await expect(
      client.query('SELECT pg_terminate_backend($1)', [await pid(other)]),
      'not a superuser',
    ).rejects.toThrow();
    await expect(client.query('CREATE ROLE another')).rejects.toThrow('permission denied');
    const takesOn = client.query('SET ROLE till_act_sessions').then(
      () => 'taken on',
      () => 'refused',
    );
    expect(await takesOn).toBe(canForbidSetRole ? 'refused' : 'taken on');
    expect(canForbidSetRole).toBe(Number.parseInt(server.version, 10) >= 16);
  });

  it('is let in no more once its time is over, by the clock of the server', async () => {
    await logins.makeLogin(act, { ...login, validUntil: '2020-01-01T00:00:00Z' });
    await expect(as(name, login.password)).rejects.toThrow('password authentication failed');
    await logins.makeLogin(act, login);
    await (await as(name, login.password)).end();
  });

  it('ends with its sessions, also when ended twice, and nothing of it is left', async () => {
    await logins.makeLogin(act, login);
    const held = await as(name, login.password);
    const gone = new Promise((settle) => held.once('end', () => settle('gone')));
    expect(await logins.endLogin(act, name)).toMatchObject({ wasThere: true, sessions: 1, stays: null });
    expect(await gone).toBe('gone');
    expect(await logins.endLogin(act, name)).toEqual({ wasThere: false, sessions: 0, stays: null });
    await expect(as(name, login.password)).rejects.toThrow('password authentication failed');
    expect(await logins.found()).toEqual([]);
  });

  it('cannot stay by owning something: then it has a name and neither a login nor a right', async () => {
    await logins.makeLogin(act, login);
    await server.sql('postgres', `CREATE TABLE public.kept (a int); ALTER TABLE public.kept OWNER TO ${name}`);
    const { stays } = await logins.endLogin(act, name);
    expect(stays).toContain('owns objects');
    await expect(as(name, login.password)).rejects.toThrow();
    const [role] = await server.sql(
      'postgres',
      `SELECT rolcanlogin AS login, pg_has_role('${name}', 'pg_signal_backend', 'USAGE') AS rights FROM pg_roles WHERE rolname = '${name}'`,
    );
    expect(role).toEqual({ login: false, rights: false });
    await server.sql('postgres', 'DROP TABLE public.kept');
    expect(await logins.endLogin(act, name)).toMatchObject({ stays: null });
  });
});

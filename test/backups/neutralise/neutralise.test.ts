import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bringBack, endedIn } from '#backups/neutralise/bring-back.ts';
import { neutralise } from '#backups/neutralise/neutralise.ts';
import { readFacts } from '#backups/verify/read-facts.ts';
import { allSeries } from '#sandbox/odoo/schema.ts';
import { connect } from '#sandbox/sql.ts';
import type { Session } from '#systems/postgres/login.ts';
import { as, makeLogins, makeShop, sumsOf } from '../../actions/recovery/shop.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
  await makeLogins(server);
}, 60_000);
afterAll(() => server?.stop());

/** As its owner is in it. */
async function within<T>(database: string, work: (session: Session) => Promise<T>): Promise<T> {
  const client = await connect(as(server, 'odoo'), database, 'test');
  try {
    return await work({
      query: async ({ text, values = [] }) => (await client.query(text, [...values])).rows,
      lost: new AbortController().signal,
      close: async () => undefined,
    });
  } finally {
    await client.end();
  }
}

describe.each(allSeries)('a database of Odoo %i', (series) => {
  const database = `shop_${series}`;
  beforeAll(async () => {
    await makeShop(server, database, series);
  }, 60_000);

  it('can reach nobody once it is neutralised, and says who it is no longer', async () => {
    const alive = (await within(database, readFacts)).neutral;
    expect(alive.isMarked).toBe(false);
    expect(Object.values(alive.live).every((count) => count > 0)).toBe(true);

    await within(database, neutralise);
    const { neutral } = await within(database, readFacts);
    expect(neutral.isMarked).toBe(true);
    expect(Object.keys(neutral.live)).toEqual([
      ...['scheduled actions', 'mail servers', 'outgoing mails', 'mailboxes fetched', 'payment providers', 'jobs'],
      ...['carriers in production', 'webhooks'],
    ]);
    expect(Object.values(neutral.live)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    const parameters = await server.sql(database, 'SELECT key, value FROM ir_config_parameter');
    const values = Object.fromEntries(parameters.map(({ key, value }) => [key, value]));
    expect(values).toMatchObject({
      ...{
        'web.base.url': 'http://neutralised.invalid',
        'database.enterprise_code': '',
        'ir_attachment.location': 'file',
      },
      ...{ 'twilio.auth_token': '', 'auth_password_policy.minlength': '8' },
    });
    expect(values['database.uuid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(values['database.secret']).not.toBe('s-1');
    expect(
      await server.sql(database, 'SELECT active, state, shopify_host, shopify_password FROM shopify_instance_ept'),
    ).toEqual([{ active: false, state: 'draft', shopify_host: '1.neutralised.invalid', shopify_password: null }]);
    expect(
      await server.sql(database, 'SELECT use_payment_terminal, adyen_test_mode, adyen_api_key FROM pos_payment_method'),
    ).toEqual([{ use_payment_terminal: null, adyen_test_mode: true, adyen_api_key: null }]);
    const provider = series === 15 ? 'payment_acquirer' : 'payment_provider';
    expect(await server.sql(database, `SELECT state, adyen_api_key FROM ${provider} ORDER BY state`)).toEqual([
      { state: 'disabled', adyen_api_key: null },
      { state: 'test', adyen_api_key: null },
    ]);
    expect(await server.sql(database, 'SELECT account_token FROM iap_account')).toEqual([
      { account_token: 't+disabled' },
    ]);
  });

  it('is what it was when brought back, save what waited to be sent; twice neutralised is as once', async () => {
    const original = `again_${series}`;
    await makeShop(server, original, series);
    const before = await sumsOf(server, original);
    const first = await within(original, neutralise);
    expect(first.ended).toEqual({ jobs: 4, mails: 3 });
    const once = await sumsOf(server, original);
    const second = await within(original, neutralise);
    expect(second.ended).toEqual({});
    const changed = Object.keys(once);
    const twice = await sumsOf(server, original);
    // Each time it gets an identity of its own.
    expect(changed.filter((name) => once[name] !== twice[name])).toEqual(['public.ir_config_parameter']);
    expect(await within(original, endedIn)).toEqual({ jobs: 4, mails: 3 });
    expect(await within(original, bringBack)).toBeGreaterThan(0);
    const after = await sumsOf(server, original);
    expect(Object.keys(before).filter((name) => before[name] !== after[name])).toEqual([
      'public.mail_mail',
      'public.queue_job',
    ]);
    expect(Object.keys(after)).toEqual(Object.keys(before));
  });
});

describe('a database that is no Odoo', () => {
  it('has nothing to be neutralised', async () => {
    await server.sql('postgres', 'CREATE DATABASE plain OWNER odoo');
    expect((await within('plain', neutralise)).ended).toEqual({});
    expect(await within('plain', bringBack)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { grantsFor, grantsSql, joinedTables } from '#estate/grants.ts';
import { signals } from '#health/signals/index.ts';

const tables = { ir_cron: ['id', 'active'], sale_order: ['state'] };

describe('the grants of the monitoring role', () => {
  it('name each column by its table and nothing by a star', () => {
    const { server, database } = grantsFor({ role: 'till_monitor', tables });
    const all = database.join('\n');
    expect(all).toContain("('ir_cron', 'id'),\n      ('ir_cron', 'active'),\n      ('sale_order', 'state')");
    expect([...server, all].join('\n')).not.toMatch(/ALL TABLES|SELECT \*|SUPERUSER|WITH GRANT OPTION/u);
  });

  it('quote the role wherever it stands', () => {
    const sql = grantsSql({ role: `o'ne "two"\nDROP TABLE x`, tables });
    expect(sql).toContain('"o\'ne ""two""\nDROP TABLE x"');
    expect(sql).toContain(`'o''ne "two"\nDROP TABLE x'`);
    expect(
      sql
        .split('\n')
        .filter((line) => line.startsWith('--'))
        .join('\n'),
    ).not.toMatch(/^DROP/mu);
  });

  it.each([
    { res_users: ['password'] },
    { ir_mail_server: ['smtp_pass'] },
    { ir_config_parameter: ['key', 'value'] },
    { payment_provider: ['stripe_secret_key'] },
    { auth_totp_device: ['key', 'totp_secret'] },
    { res_users_apikeys: ['api_key'] },
  ])('never cover secrets: %j', (secret) => {
    expect(() => grantsFor({ role: 'r', tables: secret })).toThrow('may hold secrets and is never granted');
  });

  it('are complete for the signals there are, and none of those asks for a secret', () => {
    const needed = joinedTables(
      signals.flatMap((signal) => (signal.from === 'database' ? [signal.query.columns] : [])),
    );
    expect(() => grantsSql({ role: 'till_monitor', tables: needed })).not.toThrow();
  });

  it('without any table are still SQL that parses', () => {
    expect(grantsSql({ role: 'r', tables: {} })).toContain("('', '')");
  });
});

describe('columns of many queries', () => {
  it('are joined by table, each once, in order', () => {
    expect(joinedTables([{ b: ['y', 'x'] }, { a: ['z'], b: ['x', 'w'] }])).toEqual({ a: ['z'], b: ['w', 'x', 'y'] });
    expect(Object.keys(joinedTables([{ b: ['y'] }, { a: ['z'] }]))).toEqual(['a', 'b']);
  });
});

import { describe, expect, it } from 'vitest';
import { type DatabaseMark, markText } from '#backups/database-mark.ts';
import { type Found, isBeingWritten, operationIn, remainsOf } from '#backups/leftovers.ts';
import { idAt } from './world.ts';

const at = '2026-11-22T01:00:00.000Z';
const operation = idAt(Date.parse(at));
const scratch = `till_${operation.toLowerCase()}`;

const tenants = [
  { name: 'kaffe-te', postgres: 'pg-2' },
  { name: 'bike-barn', postgres: 'pg-1' },
  { name: 'maple-toys', postgres: 'pg-1' },
];

function database(name: string, comment: string | null): Found {
  return { databases: [{ server: 'pg-1', name, comment, size: 1_000 }], folders: [], servers: ['pg-1'], tenants };
}

function marked(name: string, mark: Partial<DatabaseMark> = {}): Found {
  return database(name, markText({ till: 'scratch', operation, tenant: 'maple-toys', backup: operation, at, ...mark }));
}

function folder(name: string, more: Partial<Found['folders'][number]> = {}, servers = ['pg-1']): Found {
  return {
    databases: [],
    folders: [{ place: '/srv/recovery', server: 'pg-1', name, isOurs: true, ...more }],
    servers,
    tenants,
  };
}

const nobody: ReadonlySet<string> = new Set();
const running: ReadonlySet<string> = new Set([operation]);

describe('a database that till has made', () => {
  it('in between, by an operation that is over, is left over: with whose it is and the line that removes it', () => {
    expect(remainsOf(marked(scratch), nobody)).toEqual([
      {
        ...{ kind: 'scratch', place: 'pg-1', name: scratch, tenant: 'maple-toys', operation, backup: operation, at },
        ...{ size: 1_000, remove: `till restore maple-toys --drop ${scratch}` },
      },
    ]);
  });

  it('is its operation’s as long as that runs', () => {
    expect(remainsOf(marked(scratch), running)).toEqual([]);
    expect(remainsOf(database(scratch, null), running)).toEqual([]);
  });

  it.each(['restored', 'kept'] as const)('to stay (%s) is named until somebody drops it', (till) => {
    expect(remainsOf(marked('maple_toys_monday', { till }), nobody)).toMatchObject([
      { kind: till, remove: 'till restore maple-toys --drop maple_toys_monday' },
    ]);
  });

  it('of a tenant that is gone is dropped in the name of another on that server', () => {
    expect(remainsOf(marked(scratch, { tenant: 'sold-out' }), nobody)).toMatchObject([
      { tenant: 'sold-out', remove: `till restore bike-barn --drop ${scratch}` },
    ]);
  });

  it('and that lost its comment, or never got one, is found by its name and not dropped by till', () => {
    for (const name of [scratch, `maple_toys_${scratch}`]) {
      expect(remainsOf(database(name, 'hands off'), nobody)).toMatchObject([
        { kind: 'unmarked', tenant: null, operation, at, remove: `DROP DATABASE "${name}"` },
      ]);
    }
  });

  it.each([
    ['a tenant’s', 'maple_toys', null],
    ['one with a comment of somebody else', 'maple_toys', 'Odoo 17, {"till": "mine"}'],
    ['one whose name only looks like ours', 'till_history', null],
    ['one whose letters are no id', `till_${'u'.repeat(26)}`, null],
  ])('is not %s', (_, name, comment) => {
    expect(remainsOf(database(name, comment), nobody)).toEqual([]);
  });

  it('lends its comment to no line that somebody types: names are quoted, and a tenant is a name', () => {
    const [odd] = remainsOf(marked("o'ne $(two)", { till: 'kept' }), nobody);
    expect(odd?.remove).toBe(`till restore maple-toys --drop 'o'\\''ne $(two)'`);
    expect(remainsOf(marked(scratch, { tenant: 'x; rm -rf /' }), nobody)).toMatchObject([
      { kind: 'unmarked', remove: `DROP DATABASE "${scratch}"` },
    ]);
    expect(remainsOf(marked('maple_toys', { tenant: 'x; rm -rf /' }), nobody)).toEqual([]);
  });
});

describe('a folder of files', () => {
  it('whose database is gone is left over', () => {
    expect(remainsOf(folder(scratch), nobody)).toMatchObject([
      { kind: 'folder', place: '/srv/recovery', operation, at, remove: `rm -r /srv/recovery/${scratch}` },
    ]);
    expect(remainsOf(folder('maple toys'), nobody)).toMatchObject([{ remove: `rm -r '/srv/recovery/maple toys'` }]);
  });

  it('goes with its database, and with its operation', () => {
    const { databases } = marked('monday', { till: 'restored' });
    expect(remainsOf({ ...folder('monday'), databases }, nobody).map(({ kind }) => kind)).toEqual(['restored']);
    expect(remainsOf(folder(scratch), running)).toEqual([]);
    expect(remainsOf(folder('monday'), running)).toEqual([]);
  });

  it('is left alone where others keep theirs too, unless it has a name of ours', () => {
    expect(remainsOf(folder('maple_toys', { isOurs: false }), nobody)).toEqual([]);
    expect(remainsOf(folder(scratch, { isOurs: false }), nobody)).toHaveLength(1);
  });

  it('is not called left over while the server that has its database is silent', () => {
    expect(remainsOf(folder(scratch, {}, []), nobody)).toEqual([]);
  });
});

describe('what lies in a store without a manifest', () => {
  const target = { tenants: ['maple-toys'] };
  const backup = { operation, action: 'backup', target, openedAt: at };
  const pack = { backup: null, tenant: 'maple-toys', at: '2026-11-22T01:00:05.000Z' };

  it('belongs to the backup that is under way by its id, and a pack by its tenant and its time', () => {
    expect(isBeingWritten({ ...pack, backup: operation }, [backup])).toBe(true);
    expect(isBeingWritten(pack, [backup])).toBe(true);
  });

  it('is left over from another one, of another tenant, or from before', () => {
    const another = idAt(Date.parse(at) - 1_000);
    expect(isBeingWritten({ ...pack, backup: another }, [backup])).toBe(false);
    expect(isBeingWritten({ ...pack, tenant: 'kaffe-te' }, [backup])).toBe(false);
    expect(isBeingWritten({ ...pack, at: '2026-11-22T00:59:00.000Z' }, [backup])).toBe(false);
    expect(isBeingWritten(pack, [{ ...backup, action: 'prune' }])).toBe(false);
    expect(isBeingWritten(pack, [])).toBe(false);
  });
});

describe('the operation in a name', () => {
  it('is that of a scratch database and of one that was kept', () => {
    expect([scratch, `maple_toys_${scratch}`, 'maple_toys', `x${scratch}`].map(operationIn)).toEqual([
      ...[operation, operation, null, null],
    ]);
  });
});

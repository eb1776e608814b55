import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { digestOfPolicy } from '#ledger/access/digests.ts';
import type { FollowingDraft } from '#ledger/draft.ts';
import { SpoolingLedger } from '#ledger/spool/spooling-ledger.ts';
import { type BadLink, startProxy } from '../../proxy.ts';
import { aPolicy } from '../access/world.ts';
import { here, type LedgerDatabase, ledgerAs, newWorld, type World } from '../postgres/world.ts';
import { all, clockAt, estateId, freeze, intent, newFolder, newId } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

interface Host {
  readonly database: LedgerDatabase;
  readonly link: BadLink;
  readonly folder: string;
  readonly told: string[];
  ledger(login?: string): SpoolingLedger;
}

/** A host that has used the ledger, behind a network that can be taken away; alice is known there by her own account. */
async function aHost(): Promise<Host> {
  const database = await world.newLedger({ writer: ['alice', 'bob', 'carol', 'lea', 'leo'] });
  const link = await startProxy(world.server);
  onTestFinished(() => link.close());
  const folder = await newFolder();
  const told: string[] = [];
  const ledger = (login = 'alice') => {
    const opened = new SpoolingLedger({
      ...{ folder, estateId, clock: clockAt(Date.now()), identity: { ...here, user: login } },
      server: {
        ...{ host: link.host, port: link.port, database: database.database, user: login, tls: 'disable' },
        password: async () => login,
      },
      onAway: (message) => told.push(message),
    });
    onTestFinished(() => opened.close());
    return opened;
  };
  return { database, link, folder, told, ledger };
}

/** As `aHost`, with a policy in force that the host has seen. */
async function aRuledHost(): Promise<Host> {
  const host = await aHost();
  const body = aPolicy();
  const params = { policy: newId(), digest: digestOfPolicy(body), body };
  await ledgerAs(host.database, 'lea').append({ kind: 'policy', phase: 'propose', reason: 'x', params });
  for (const lead of ['lea', 'leo']) {
    const { policy, digest } = params;
    await ledgerAs(host.database, lead).append({ kind: 'policy', phase: 'approve', params: { policy, digest } });
  }
  await host.ledger().state();
  return host;
}

const away = expect.objectContaining({ reason: 'ledger-unreachable', exit: 7 });

function lock(person: string): FollowingDraft & { readonly params: { readonly lock: string } } {
  return { kind: 'lock', phase: 'begin', reason: 'laptop stolen', params: { lock: newId(), person } };
}

async function breakGlass(ledger: SpoolingLedger, seconds = 900): Promise<string> {
  const { policy } = await ledger.state();
  const grant = ledger.newId();
  const asked = { form: 'break-glass', subject: 'alice', actions: ['scale'], tenants: ['maple-toys'] } as const;
  const params = { ...asked, seconds, policy: policy?.policy ?? null, lapseSeconds: 3_600, skipped: ['bob'] };
  await ledger.append({ kind: 'grant', phase: 'request', grant, reason: 'all is down', params });
  await ledger.append({ kind: 'grant', phase: 'activate', grant });
  return grant;
}

describe('while the server is away', () => {
  it('what was last seen is read, and said to be that', async () => {
    const { link, ledger, told } = await aHost();
    const draft = freeze();
    await ledger().append(draft);
    await ledger().state();
    link.refuse();
    link.cut();
    expect([...(await ledger().state()).freezes.keys()]).toEqual([draft.params.freeze]);
    expect(told.join()).toMatch(/away.*what this host last saw/);
  });

  it('an action, a thaw, a request and an approval are refused, with exit 7', async () => {
    const { link, ledger } = await aRuledHost();
    link.refuse();
    link.cut();
    await expect(ledger().append(intent())).rejects.toEqual(away);
    await expect(ledger().append({ kind: 'freeze', phase: 'end', params: { freeze: newId() } })).rejects.toEqual(away);
    await expect(
      ledger().append({ kind: 'grant', phase: 'approve', grant: newId(), params: { group: 'sre', digest: 'x' } }),
    ).rejects.toEqual(away);
  });

  it('freezing, locking and breaking glass go on, and are in the ledger once when it is back', async () => {
    const { link, ledger, told, folder, database } = await aRuledHost();
    link.refuse();
    link.cut();
    const spooling = ledger();
    const operation = newId();
    const frozen = freeze();
    await spooling.append(intent({ operation, action: 'freeze', target: null }));
    await spooling.append({ ...frozen, operation } as FollowingDraft);
    await spooling.append({ kind: 'operation', phase: 'outcome', operation, outcome: { status: 'ok' } });
    await spooling.append(lock('dan'));
    const grant = await breakGlass(spooling, 86_400);
    const state = await spooling.state();
    expect(state.locks.size).toBe(1);
    expect(state.grants.get(grant)).toMatchObject({ status: 'active', seconds: 900 });
    expect(told.length).toBeGreaterThan(0);

    link.pass();
    await Promise.all([
      ledger().importSpool(),
      ledger()
        .importSpool()
        .catch(() => undefined),
    ]);
    await ledger().append({ kind: 'ledger', phase: 'read', params: { what: 'after' } });

    const entries = await all(ledgerAs(database, 'bob').entries());
    const spooled = entries.filter((entry) => entry.spooled !== null);
    expect(spooled.map(({ kind, phase }) => `${kind}/${phase}`)).toEqual([
      ...['operation/intent', 'freeze/begin', 'operation/outcome', 'lock/begin', 'grant/request', 'grant/activate'],
    ]);
    expect(spooled[0]).toMatchObject({ spooled: { user: 'alice', host: 'bastion-1', seq: 2 } });
    expect(entries.filter(({ phase }) => phase.startsWith('import')).map(({ phase }) => phase)).toEqual([
      ...['import-begin', 'import-end'],
    ]);
    const shared = await ledgerAs(database, 'bob').state();
    expect(shared.grants.get(grant)).toMatchObject({ status: 'ended', form: 'break-glass' });
    expect([...shared.freezes.keys()]).toEqual([frozen.params.freeze]);
    expect(shared.operations.size).toBe(0);
    expect((await readdir(folder)).filter((name) => name.startsWith('spool-'))).toEqual([
      expect.stringMatching(/^spool-\d+-[0-9a-f]{12}\.jsonl$/),
    ]);
    expect(await ledgerAs(database, 'bob').verify({ chain: true })).toMatchObject({ reason: 'chain-holds' });
  });

  it('an import that broke off in the middle is finished by the next, and nothing is there twice', async () => {
    const { link, ledger, database } = await aRuledHost();
    link.refuse();
    link.cut();
    const drafts = ['dan', 'bob', 'carol'].map(lock);
    for (const draft of drafts) {
      await ledger().append(draft);
    }
    // The first import dies after the first entry: another lock of that name and place stops it there.
    await database.sql(`CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF (SELECT count(*) FROM till_ledger.locks) >= 2 THEN RAISE EXCEPTION 'stopped' USING ERRCODE = '57014'; END IF; RETURN new; END $$;
      CREATE TRIGGER stop BEFORE INSERT ON till_ledger.entry FOR EACH ROW EXECUTE FUNCTION stop()`);
    link.pass();
    await expect(ledger().importSpool()).rejects.toMatchObject({ reason: 'ledger-busy' });
    await database.sql('DROP TRIGGER stop ON till_ledger.entry');
    await ledger().importSpool();
    const state = await ledgerAs(database, 'bob').state();
    expect([...state.locks.keys()]).toEqual(drafts.map(({ params }) => params.lock));
    const entries = await all(ledgerAs(database, 'bob').entries({ kind: 'lock' }));
    expect(entries).toHaveLength(3);
    expect(await all(ledgerAs(database, 'bob').entries({ phase: 'import-begin' }))).toHaveLength(1);
  });

  it('what a law of the shared ledger keeps out is kept as what it was, and changes nothing', async () => {
    const { link, ledger, database } = await aRuledHost();
    link.refuse();
    link.cut();
    await breakGlass(ledger());
    link.pass();
    await ledgerAs(database, 'bob').append(lock('alice'));
    await ledger().importSpool();
    const refused = await all(ledgerAs(database, 'bob').entries({ phase: 'import-refused' }));
    expect(refused.map(({ params }) => params['entry'])).toEqual([
      expect.objectContaining({ kind: 'grant', phase: 'request', reason: 'all is down' }),
      expect.objectContaining({ kind: 'grant', phase: 'activate' }),
    ]);
    expect((await ledgerAs(database, 'bob').state()).grants.size).toBe(0);
  });

  it('nothing is judged on a host that has never seen the ledger', async () => {
    const { link, ledger } = await aHost();
    link.refuse();
    await expect(ledger().append(lock('dan'))).rejects.toEqual(away);
    await expect(ledger().state()).rejects.toEqual(away);
  });
});

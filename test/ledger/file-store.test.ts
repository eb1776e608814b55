import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  all,
  clockAt,
  forget,
  freeze,
  identity,
  intent,
  ledgerIn,
  linesOf,
  newFolder,
  newId,
  noon,
  outcome,
  pathOf,
  rewrite,
} from './world.ts';

describe('the file ledger', () => {
  it('begins with whose it is: the estate, the host and the user', async () => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder);
    await ledger.append(intent());
    const [genesis, first] = await all(ledger.entries());
    expect(genesis).toMatchObject({ seq: 1, kind: 'ledger', phase: 'genesis', prev: '0'.repeat(64) });
    expect(genesis?.params).toMatchObject({
      estate: '8f2f4f8a-6f0e-4d3c-9f59-2f4e0f5c9a11',
      host: 'bastion-1',
      user: 'alice',
    });
    expect(first).toMatchObject({ seq: 2, phase: 'intent', prev: genesis?.hash });
  });

  it('is for its user alone', async () => {
    const folder = await newFolder();
    await ledgerIn(folder).append(intent());
    const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await modeOf(folder)).toBe('700');
    for (const name of ['ledger.jsonl', 'ledger.lock', 'snapshot.json', 'last.json']) {
      expect(await modeOf(join(folder, name)), name).toBe('600');
    }
  });

  it('makes no file for somebody who only looks', async () => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder);
    expect((await ledger.state()).operations.size).toBe(0);
    expect(await all(ledger.newest())).toEqual([]);
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });

  it('names in the outcome what the intent named', async () => {
    const ledger = ledgerIn(await newFolder());
    const begun = intent({ ticket: 'CHG-12' });
    await ledger.append(begun);
    const { entry } = await ledger.append(outcome(begun.operation));
    expect(entry).toMatchObject({
      action: 'scale',
      ticket: 'CHG-12',
      reason: 'queue is long',
      outcome: { status: 'ok' },
    });
    expect(entry.target?.tenants).toEqual(['harbour-shoes']);
  });

  it('keeps what is asserted apart from what is claimed', async () => {
    const ledger = ledgerIn(await newFolder(), {
      claimed: { app: 'till/0.1.0', person: 'Alice \u001b[31mB\u001b[0m' },
    });
    const { entry } = await ledger.append(freeze());
    expect(entry.actor.asserted).toMatchObject({ by: 'os', user: 'alice', uid: identity.uid, host: 'bastion-1' });
    expect(entry.actor.claimed).toEqual({ app: 'till/0.1.0', person: 'Alice B', tty: null, from: null, session: null });
  });
});

describe('an intent', () => {
  it('is judged against the state in the same critical section, and a refusal is recorded in its place', async () => {
    const folder = await newFolder();
    const [here, there] = [ledgerIn(folder), ledgerIn(folder)];
    await here.state();
    await there.append(freeze());

    const result = await here.append(intent(), {
      unless: ({ freezes }) => {
        const [first] = freezes.values();
        return first === undefined
          ? null
          : { by: `freeze ${first.name}`, reason: 'frozen', message: 'no changes', until: first.until, wayOut: 'wait' };
      },
    });

    expect(result).toMatchObject({ status: 'refused', refusal: { reason: 'frozen' } });
    const [last] = await all(here.newest({ limit: 1 }));
    expect(last).toMatchObject({
      phase: 'refusal',
      action: 'scale',
      outcome: { status: 'refused', by: 'freeze black-week', until: '2026-11-30T05:00:00Z', wayOut: 'wait' },
    });
    expect((await there.state()).operations.size).toBe(0);
  });

  it('with a key that was used for the same request is the operation that was begun then', async () => {
    const ledger = ledgerIn(await newFolder());
    const first = intent({ idempotencyKey: 'nightly-1' });
    await ledger.append(first);
    expect(await ledger.append({ ...first, operation: newId() })).toEqual({
      status: 'repeated',
      operation: first.operation,
      outcome: null,
    });
    await ledger.append(outcome(first.operation));
    expect(await ledger.append({ ...first, operation: newId() })).toMatchObject({ status: 'repeated', outcome: 'ok' });
  });

  it('with a key that was used for another request is refused', async () => {
    const ledger = ledgerIn(await newFolder());
    await ledger.append(intent({ idempotencyKey: 'nightly-1' }));
    const other = await ledger.append(intent({ idempotencyKey: 'nightly-1', params: { web: 7 } }));
    expect(other).toMatchObject({ status: 'refused', refusal: { reason: 'idempotency-key-reused' } });
  });

  it('cannot be recorded twice', async () => {
    const ledger = ledgerIn(await newFolder());
    const one = intent();
    await ledger.append(one);
    await expect(ledger.append(one)).rejects.toMatchObject({ reason: 'operation-open', exit: 4 });
  });
});

describe('what follows an intent', () => {
  it('is a step only while the operation is open', async () => {
    const ledger = ledgerIn(await newFolder());
    const params = { step: 'patch', index: 0, of: 2 };
    const step = { kind: 'operation', phase: 'step', operation: newId(), params } as const;
    await expect(ledger.append(step)).rejects.toMatchObject({ reason: 'operation-not-open' });
    const begun = intent();
    await ledger.append(begun);
    await ledger.append({ ...step, operation: begun.operation });
    expect((await ledger.state()).operations.get(begun.operation)?.step).toMatchObject({ step: 'patch', status: null });
  });

  it('is an outcome also when somebody has reconciled the operation: it is what happened', async () => {
    const ledger = ledgerIn(await newFolder());
    const { entry } = await ledger.append(outcome(newId()));
    expect(entry).toMatchObject({ phase: 'outcome', outcome: { status: 'ok' } });
  });
});

describe('freezes and incidents', () => {
  it('stand until somebody ends them', async () => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder);
    const begun = freeze();
    await ledger.append(begun);
    const { freeze: id } = begun.params;
    expect((await ledgerIn(folder).state()).freezes.get(id)).toMatchObject({
      name: 'black-week',
      reason: 'peak trading',
    });
    await ledger.append({ kind: 'freeze', phase: 'end', params: { freeze: id } });
    expect((await ledgerIn(folder).state()).freezes.size).toBe(0);
    const again = ledger.append({ kind: 'freeze', phase: 'end', params: { freeze: id } });
    await expect(again).rejects.toMatchObject({ reason: 'unknown-freeze', exit: 2 });
  });

  it('gather who joined and what was pinned', async () => {
    const ledger = ledgerIn(await newFolder());
    const incident = newId();
    const params = { name: 'tills down', severity: 'SEV1', commander: 'alice', tenants: ['maple-toys'] } as const;
    await ledger.append({ kind: 'incident', phase: 'open', incident, params });
    await ledger.append({ kind: 'incident', phase: 'join', incident, params: { person: 'bob' } });
    await ledger.append({ kind: 'incident', phase: 'pin', incident, params: { tenants: ['harbour-shoes'] } });
    await ledger.append({ kind: 'incident', phase: 'note', incident, params: { note: 'locks on stock_quant' } });
    expect((await ledger.state()).incidents.get(incident)).toMatchObject({
      joined: ['bob'],
      tenants: ['maple-toys', 'harbour-shoes'],
    });
    await ledger.append({ kind: 'incident', phase: 'close', incident, params: {} });
    const note = { kind: 'incident', phase: 'note', incident, params: { note: 'late' } } as const;
    await expect(ledger.append(note)).rejects.toMatchObject({ reason: 'unknown-incident' });
  });
});

describe('the snapshot', () => {
  it('spares everybody the whole file, and is built again when it is damaged', async () => {
    const folder = await newFolder();
    const begun = intent();
    await ledgerIn(folder).append(begun);
    const path = join(folder, 'snapshot.json');
    const sound = await readFile(path, 'utf8');
    for (const damage of ['', sound.replace('scale', 'skale'), sound.slice(0, 100), '{"snapshot":{},"version":1}']) {
      await writeFile(path, damage);
      const ledger = ledgerIn(folder);
      expect([...(await ledger.state()).operations.keys()]).toEqual([begun.operation]);
      await ledger.append({ kind: 'ledger', phase: 'read', params: { what: 'list' } });
      expect(await readFile(path, 'utf8')).toContain(begun.operation);
    }
  });

  it('remembers entries that were cut off the end, which the chain cannot', async () => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder);
    await ledger.append(intent());
    await ledger.append(intent());
    await rewrite(folder, (text) => `${text.split('\n').slice(0, 2).join('\n')}\n`);

    await expect(ledgerIn(folder).append(intent())).rejects.toMatchObject({ reason: 'ledger-broken', exit: 4 });
    expect(await ledgerIn(folder).verify({ chain: true })).toMatchObject({ reason: 'tampered', exit: 3, firstBad: 3 });
  });
});

describe('a ledger that does not hold', () => {
  it('lets nobody act until somebody says why it may go on, and that is recorded', async () => {
    const folder = await newFolder();
    await ledgerIn(folder).append(intent());
    const standing = freeze();
    await ledgerIn(folder).append(standing);
    await rewrite(folder, (text) => text.replace('queue is long', 'queue is LONG'));
    await forget(folder);

    const ledger = ledgerIn(folder);
    await expect(ledger.append(intent())).rejects.toMatchObject({ reason: 'ledger-broken', exit: 4 });
    const entry = await ledger.acknowledge('disk error, see CHG-77');
    expect(entry).toMatchObject({
      seq: 4,
      phase: 'acknowledged',
      reason: 'disk error, see CHG-77',
      params: { faults: 1 },
    });
    await ledger.append(intent());
    await forget(folder);
    expect([...(await ledgerIn(folder).state()).freezes.keys()]).toEqual([standing.params.freeze]);
    expect(await ledger.verify({ chain: true })).toMatchObject({ reason: 'tampered', firstBad: 2 });
    await expect(ledger.acknowledge('again')).rejects.toMatchObject({ reason: 'ledger-sound' });
  });
});

describe('another host or user', () => {
  it.each([
    ['host', { ...identity, host: 'bastion-2', machine: 'another' }],
    ['user', { ...identity, user: 'bob', uid: 4711 }],
  ])('may read and not act: another %s', async (_, stranger) => {
    const folder = await newFolder();
    await ledgerIn(folder).append(intent());
    const before = await readFile(pathOf(folder));
    const ledger = ledgerIn(folder, { identity: stranger });
    expect((await ledger.state()).operations.size).toBe(1);
    await expect(ledger.append(intent())).rejects.toMatchObject({
      reason: 'ledger-elsewhere',
      exit: 4,
      next: expect.stringContaining('act as alice on bastion-1'),
    });
    expect(await ledger.recordReading('list')).toContain('belongs to alice on bastion-1');
    expect(await readFile(pathOf(folder))).toEqual(before);
  });

  it('is not known by a name that changed', async () => {
    const folder = await newFolder();
    const machine = 'f'.repeat(32);
    await ledgerIn(folder, { identity: { ...identity, machine } }).append(intent());
    await ledgerIn(folder, { identity: { ...identity, machine, host: 'renamed' } }).append(intent());
    expect(await linesOf(folder)).toHaveLength(3);
  });

  it('is not mistaken for another estate', async () => {
    const folder = await newFolder();
    await ledgerIn(folder).append(intent());
    const other = ledgerIn(folder, { estateId: '00000000-0000-4000-8000-000000000000' });
    await expect(other.append(intent())).rejects.toMatchObject({ reason: 'ledger-of-another-estate', exit: 2 });
  });
});

describe('reading', () => {
  it('is recorded once a session', async () => {
    const ledger = ledgerIn(await newFolder());
    expect(await ledger.recordReading('list', { tenant: 'maple-*' })).toBeNull();
    expect(await ledger.recordReading('show')).toBeNull();
    const reads = await all(ledger.entries({ phase: 'read' }));
    expect(reads).toMatchObject([{ params: { what: 'list', filter: { tenant: 'maple-*' } } }]);
  });

  it('finds by tenant, actor, action, incident, place and time', async () => {
    const clock = clockAt();
    const ledger = ledgerIn(await newFolder(), { clock });
    const incident = newId();
    await ledger.append(intent());
    clock.pass(60_000);
    await ledger.append(intent({ action: 'restart', incident, target: { tenants: ['maple-toys'] } }));
    const seqs = async (filter: object) => (await all(ledger.entries(filter))).map(({ seq }) => seq);
    expect(await seqs({ tenant: 'maple-*' })).toEqual([3]);
    expect(await seqs({ actor: 'alice', kind: 'operation' })).toEqual([2, 3]);
    expect(await seqs({ actor: 'bob' })).toEqual([]);
    expect(await seqs({ action: 'scale' })).toEqual([2]);
    expect(await seqs({ incident })).toEqual([3]);
    expect(await seqs({ since: noon + 1 })).toEqual([3]);
    expect(await seqs({ until: noon + 1, fromSeq: 2 })).toEqual([2]);
    expect(await seqs({ limit: 1 })).toEqual([1]);
  });

  it('works on a ledger that does not hold, and never shows what is not what was written', async () => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder);
    await ledger.append(intent());
    await ledger.append(intent());
    await rewrite(folder, (text) => `${text.replace('queue is long', 'nobody knows')}garbage\n`);
    const unsound: (number | null)[] = [];
    const onUnsound = (seq: number | null) => void unsound.push(seq);
    expect((await all(ledgerIn(folder).newest({}, { onUnsound }))).map(({ seq }) => seq)).toEqual([3, 1]);
    expect((await all(ledgerIn(folder).entries({}, { onUnsound }))).map(({ seq }) => seq)).toEqual([1, 3]);
    expect(unsound).toEqual([null, 2, 2, null]);
  });

  it('goes from the newest back across blocks', async () => {
    const ledger = ledgerIn(await newFolder());
    for (let count = 0; count < 40; count += 1) {
      const before = 'x'.repeat(count * 300);
      await ledger.append(intent({ params: { before } }));
    }
    const newest = (await all(ledger.newest())).map(({ seq }) => seq);
    expect(newest).toEqual((await all(ledger.entries())).map(({ seq }) => seq).reverse());
    expect((await all(ledger.newest({ limit: 3 }))).map(({ seq }) => seq)).toEqual([41, 40, 39]);
  });

  it('follows what another terminal appends', async () => {
    const folder = await newFolder();
    await ledgerIn(folder).append(intent());
    const done = new AbortController();
    const follower = ledgerIn(folder).follow({ kind: 'freeze' }, { signal: done.signal })[Symbol.asyncIterator]();
    const next = follower.next();
    const writer = ledgerIn(folder);
    await writer.append(intent());
    await writer.append(freeze());
    expect((await next).value).toMatchObject({ kind: 'freeze', phase: 'begin' });
    done.abort();
    expect((await follower.next()).done).toBe(true);
  });

  it('follows from an entry on that was there before it looked, across blocks', async () => {
    const folder = await newFolder();
    const writer = ledgerIn(folder);
    for (let count = 0; count < 12; count += 1) {
      await writer.append(intent({ params: { before: 'x'.repeat(count * 2_000) } }));
    }
    const done = new AbortController();
    const follower = ledgerIn(folder).follow({ fromSeq: 3 }, { signal: done.signal })[Symbol.asyncIterator]();
    const seen: number[] = [];
    for (let count = 0; count < 11; count += 1) {
      seen.push((await follower.next()).value?.seq);
    }
    expect(seen).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    await writer.append(freeze());
    expect((await follower.next()).value).toMatchObject({ seq: 14, kind: 'freeze' });
    done.abort();
  });
});

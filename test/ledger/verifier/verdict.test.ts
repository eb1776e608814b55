import { describe, expect, it } from 'vitest';
import {
  begins,
  chainOf,
  ends,
  faultsOf,
  genesis,
  held,
  keyEntry,
  newSigner,
  noon,
  noteAt,
  noticesOf,
  operationId,
  origin,
  type Said,
  verified,
} from './world.ts';

const signer = newSigner();
/** Genesis, the key, and four operations from beginning to end: ten entries, a second apart. */
const sound: readonly Said[] = [genesis, keyEntry(signer), ...[1, 2, 3, 4].flatMap((one) => [begins(one), ends(one)])];
const lines = chainOf(sound);
const at = (size: number) => held(noteAt(lines, size, signer), noon + size * 1_000);

describe('a ledger that was anchored', () => {
  it('is verified up to its last checkpoint, and what came after is told', async () => {
    const verification = await verified(lines, { notes: [at(4), at(7)], now: noon + 60_000 });
    expect(verification).toMatchObject({
      ...{ reason: 'verified', exit: 0, findings: [], anchored: { seq: 7, anchor: 'vault' } },
      tail: { entries: 3, seconds: 52 },
      message: '10 entries hold, as vault vouches up to entry 7; the last 3 entries (52 s) rest on this database alone',
    });
    expect(verification.unproven[0]).toBe('whether entries after 7 were changed or cut off');
  });

  it('is verified to its end when nothing came after', async () => {
    const { message, tail } = await verified(lines, { notes: [at(10)] });
    expect([message, tail?.entries]).toEqual([
      '10 entries hold, as vault vouches up to entry 10; nothing came after',
      0,
    ]);
  });

  it('is a stale tail when the newest entries wait for longer than is allowed', async () => {
    const verification = await verified(lines, { notes: [at(7)], now: noon + 3_600_000, allowedTail: 900 });
    expect(verification).toMatchObject({ reason: 'stale-tail', exit: 3, findings: [] });
    expect(verification.message).toContain(
      'the last 3 entries (59 min) rest on this database alone; 15 min are allowed',
    );
  });

  it('holds in the form of either store', async () => {
    const server = chainOf(sound, 'v2');
    expect(await verified(server, { notes: [held(noteAt(server, 10, signer))] })).toMatchObject({ reason: 'verified' });
  });
});

describe('a ledger without evidence', () => {
  it('is unanchored, whatever else holds', async () => {
    expect(await verified(lines)).toMatchObject({ reason: 'unanchored', exit: 3, anchored: null });
  });

  it('is never verified by a note of another log, of nobody known, or of no form', async () => {
    const stranger = newSigner();
    const foreign = noteAt(lines, 10, signer, 'till/another');
    expect(await verified(lines, { notes: [held(foreign)] })).toMatchObject({ reason: 'unanchored', exit: 3 });
    expect(await verified(lines, { notes: [held('nonsense')] })).toMatchObject({ reason: 'unanchored', exit: 3 });
    expect(await verified(lines, { notes: [held(noteAt(lines, 10, stranger))] })).toMatchObject({
      reason: 'key-epoch',
      exit: 3,
    });
    const forged = noteAt(lines, 10, signer).replace(/— (\S+) (.{8}).{4}/u, '— $1 $2AAAA');
    const verification = await verified(lines, { notes: [held(forged)] });
    expect(verification).toMatchObject({ reason: 'key-epoch', exit: 3, anchored: null });
    expect(verification.message).toContain(`a signature that key ${signer.id} did not make`);
  });

  it('cannot be verified by a key that the asker does not trust', async () => {
    const verification = await verified(lines, { notes: [at(10)], keys: [newSigner().vkey] });
    expect(verification).toMatchObject({ reason: 'key-epoch', exit: 3, anchored: null });
  });

  it('says that an anchor gave no answer, and that is not a pass', async () => {
    const unreachable = [{ anchor: 'vault', message: 'connection refused' }];
    expect(await verified(lines, { unreachable })).toMatchObject({ reason: 'anchor-unreachable', exit: 7 });
    expect(await verified(lines, { unreachable, notes: [{ ...at(10), anchor: 'usb' }] })).toMatchObject({
      reason: 'verified',
    });
  });

  it('is empty when nothing is there, and truncated when something was', async () => {
    expect(await verified([])).toMatchObject({ reason: 'empty', exit: 3 });
    expect(await verified([], { notes: [at(10)], keys: [signer.vkey] })).toMatchObject({
      ...{ reason: 'tampered', exit: 3, findings: [{ fault: 'truncated', seq: 10 }] },
      message: 'vault has seen entry 10, and the record ends at entry 0: 10 entries are gone',
    });
  });
});

describe('tampering', () => {
  it('by cutting off the end is found by any anchor that has seen more', async () => {
    const verification = await verified(lines.slice(0, 6), { notes: [at(4), at(9)] });
    expect(verification).toMatchObject({ reason: 'tampered', firstBad: 9, lastGood: 6 });
    expect(faultsOf(verification)).toEqual(['truncated 9']);
  });

  it('by writing everything anew is found, and the signed notes are shown: they are the proof', async () => {
    const forged = chainOf(sound.map((said, place) => (place === 5 ? { ...said, reason: 'never mind' } : said)));
    const resigned = held(noteAt(forged, 10, signer), noon + 99_000, 'usb');
    const verification = await verified(forged, { notes: [at(4), at(8), resigned] });
    expect(verification).toMatchObject({ reason: 'tampered', exit: 3, lastGood: 4 });
    expect(verification.message).toBe(
      'vault has seen something else: among entries 5 to 8 one is not what was anchored',
    );
    expect(verification.findings[0]?.notes).toEqual([at(8).note, resigned.note]);
  });

  it('with an edited line is one finding, not one at every checkpoint', async () => {
    const edited = lines.map((line, place) => (place === 4 ? line.replace('queue is long', 'queue is LONG') : line));
    const verification = await verified(edited, { notes: [at(4), at(10)] });
    expect(faultsOf(verification)).toEqual(['content 5']);
    expect(verification).toMatchObject({ firstBad: 5, lastGood: 4 });
  });

  it('that an end without a beginning tells of', async () => {
    const verification = await verified(chainOf([...sound, ends(9)]), {}, { chain: true });
    expect(verification).toMatchObject({ reason: 'ghost', exit: 3 });
    expect(verification.message).toContain(`operation ${operationId(9)}`);
  });
});

describe('what is told and changes no verdict', () => {
  it('is a clock that went back, and an operation without an end', async () => {
    const odd = chainOf([...sound, { ...begins(9), second: 3 }]);
    const verification = await verified(odd, { notes: [held(noteAt(odd, 11, signer))] });
    expect(verification).toMatchObject({ reason: 'verified', findings: [] });
    expect(noticesOf(verification)).toEqual(['clock 11', 'orphan 11']);
  });

  it('is an end that came twice: from whoever took over, and from whoever ran it after all', async () => {
    const twice = chainOf([...sound, begins(9), { ...ends(9), phase: 'reconciled' }, ends(9)]);
    expect(await verified(twice, {}, { chain: true })).toMatchObject({ reason: 'chain-holds', remarks: [] });
  });
});

describe('silence', () => {
  const hour = 3_600;
  const times = [
    { at: noon, size: 4 },
    { at: noon + 3 * hour * 1_000, size: 10 },
  ];

  it('longer than the heartbeat leaves what was written meanwhile unanchored', async () => {
    const verification = await verified(lines, { notes: [at(10)], times, heartbeat: hour });
    expect(verification).toMatchObject({ reason: 'unanchored', exit: 3, findings: [{ fault: 'anchor-gap', seq: 5 }] });
    expect(verification.message).toBe(
      'no checkpoint for 3 h after 2026-11-27T12:00:00.000Z (heartbeat 60 min): 6 entries had nobody outside to vouch for them meanwhile',
    );
  });

  it('before the time that is asked about, or in which nothing was written, is only told', async () => {
    const since = noon + 4 * hour * 1_000;
    const past = await verified(lines, { notes: [at(10)], times, heartbeat: hour, since });
    const idle = await verified(lines, {
      notes: [at(10)],
      times: times.map((one) => ({ ...one, size: 10 })),
      heartbeat: hour,
    });
    expect([past.reason, ...noticesOf(past)]).toEqual(['verified', 'anchor-gap 4']);
    expect([idle.reason, ...noticesOf(idle)]).toEqual(['verified', 'anchor-gap 10']);
  });
});

describe('keys', () => {
  const [old, young] = [newSigner(), newSigner()];
  const day = 86_400_000;
  const rotated = chainOf([
    genesis,
    keyEntry(old, noon),
    begins(1),
    keyEntry(old, noon, noon + day),
    keyEntry(young, noon + day),
    ends(1),
  ]);
  const signed = (by: typeof old, when: number) => [held(noteAt(rotated, 6, by), when)];

  it('speak in their own time, before and after a rotation', async () => {
    expect(await verified(rotated, { notes: signed(old, noon + day / 2) })).toMatchObject({ reason: 'verified' });
    expect(await verified(rotated, { notes: signed(young, noon + 2 * day) })).toMatchObject({ reason: 'verified' });
  });

  it('do not speak after they were retired, nor before they were in use', async () => {
    const late = await verified(rotated, { notes: signed(old, noon + 2 * day) });
    expect(late).toMatchObject({ reason: 'key-epoch', exit: 3, anchored: null });
    expect(late.message).toContain('after it was retired (2026-11-28T12:00:00Z)');
    const early = await verified(rotated, { notes: signed(young, noon) });
    expect(early.message).toContain('before it was in use');
  });

  it('that the asker does not name are let be where they say the same, and not where they contradict', async () => {
    const both = [...signed(old, noon), ...signed(young, noon + 2 * day)];
    expect(await verified(rotated, { notes: both, keys: [young.vkey] })).toMatchObject({ reason: 'verified' });
    const other = chainOf([genesis, keyEntry(old, noon), begins(7), begins(8)]);
    const contrary = [...signed(young, noon + 2 * day), held(noteAt(other, 4, old), noon)];
    expect(await verified(rotated, { notes: contrary, keys: [young.vkey] })).toMatchObject({
      reason: 'key-epoch',
      exit: 3,
    });
  });

  it('are held to their time although whoever asks trusts them', async () => {
    const late = await verified(rotated, { notes: signed(old, noon + 2 * day), keys: [old.vkey] });
    expect(late).toMatchObject({ reason: 'key-epoch', exit: 3 });
  });
});

describe('a record that broke', () => {
  const lost = chainOf([...sound, begins(5), ends(5)]);
  const anchored = held(noteAt(lost, 12, signer));
  const params = {
    ...{ epoch: operationId(77), found: { size: 10, hash: 'x' }, lost: { from: 11, to: 12 } },
    anchored: { size: 12, root: 'x', anchor: 'vault', note: anchored.note },
  };
  const epoch: Said = { kind: 'ledger', phase: 'epoch', params };
  const knows = (user: string): Said => ({
    kind: 'ledger',
    phase: 'epoch-acknowledge',
    params: { epoch: params.epoch },
    user,
  });
  const restored = (...said: readonly Said[]) => chainOf(said, 'v1', lines);

  it('and that nobody tells of is a truncation', async () => {
    expect(faultsOf(await verified(lines, { notes: [anchored] }))).toEqual(['truncated 12']);
    const wentOn = restored(begins(6), ends(6), begins(7));
    expect(faultsOf(await verified(wentOn, { notes: [anchored] }))).toEqual(['rewritten 12']);
  });

  it('is an epoch break until two people have acknowledged it', async () => {
    for (const known of [[], [knows('ann')], [knows('ann'), knows('ann')]]) {
      const verification = await verified(restored(epoch, ...known), { notes: [at(10), anchored] });
      expect(verification).toMatchObject({ reason: 'epoch-break', exit: 3, findings: [{ fault: 'epoch', seq: 11 }] });
    }
  });

  it('is not acknowledged by one person with two accounts', async () => {
    const body = { people: [{ name: 'Ann', os: ['ann'], postgres: ['ann_dba'] }] };
    const policy: Said = { kind: 'policy', phase: 'propose', params: { policy: operationId(8), digest: 'x', body } };
    const whole = chainOf([...sound, policy], 'v1');
    const broken = { ...params, found: { size: 11, hash: 'x' }, lost: { from: 12, to: 12 } };
    const told = chainOf([{ ...epoch, params: broken }, knows('ann'), knows('ann_dba')], 'v1', whole);
    const gone = held(noteAt(chainOf([...sound, policy, begins(5)]), 12, signer));
    expect(await verified(told, { notes: [gone] })).toMatchObject({ reason: 'epoch-break', exit: 3 });
    const two = chainOf([knows('bob')], 'v1', told);
    expect(await verified(two, { notes: [gone, held(noteAt(two, 15, signer, `${origin}/epoch-12`))] })).toMatchObject({
      ...{ reason: 'verified', remarks: [{ notice: 'epoch-break' }] },
    });
  });

  it('goes on as another log once they have, and the loss stays told', async () => {
    const whole = restored(epoch, knows('ann'), knows('bob'));
    const after = held(noteAt(whole, 13, signer, `${origin}/epoch-11`));
    const verification = await verified(whole, { notes: [at(10), anchored, after] });
    expect(verification).toMatchObject({ reason: 'verified', anchored: { seq: 13 } });
    expect(verification.remarks.map(({ message }) => message)).toEqual([
      'epoch break at 11, 2 entries lost (11 to 12), acknowledged by ann and bob',
    ]);
  });

  it('excuses no more than it names', async () => {
    const longer = chainOf([...sound, begins(5), ends(5), begins(6)]);
    const whole = restored(epoch, knows('ann'), knows('bob'));
    const verification = await verified(whole, { notes: [held(noteAt(longer, 13, signer))] });
    expect(faultsOf(verification)).toEqual(['truncated 13']);
  });
});

import { readFile, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { linkOf } from '#ledger/chain.ts';
import { verifyExit, verifyStored } from '#ledger/verify.ts';
import { estateId, forget, freeze, intent, ledgerIn, linesOf, newFolder, outcome, pathOf, rewrite } from './world.ts';

async function lived(folder: string) {
  const ledger = ledgerIn(folder);
  const begun = intent();
  await ledger.append(begun);
  await ledger.append(outcome(begun.operation));
  await ledger.append(freeze());
  return ledger;
}

describe('verifying', () => {
  it('does not pass a chain that nobody outside vouches for', async () => {
    const ledger = await lived(await newFolder());
    expect(await ledger.verify()).toMatchObject({ reason: 'unanchored', exit: 3, entries: 4, findings: [] });
  });

  it('of the bare chain passes a chain that holds, and says what that does not prove', async () => {
    const ledger = await lived(await newFolder());
    const { reason, exit, unproven, head, next } = await ledger.verify({ chain: true });
    expect({ reason, exit, next }).toEqual({ reason: 'chain-holds', exit: 0, next: null });
    expect(unproven.join()).toMatch(/cut off the end.*written anew.*is true/);
    expect(head?.seq).toBe(4);
  });

  it('says at which entry it was tampered with, what is still good, and that the file is evidence', async () => {
    const folder = await newFolder();
    await lived(folder);
    await rewrite(folder, (text) => text.replace('peak trading', 'peak trading!'));
    expect(await ledgerIn(folder).verify({ chain: true })).toMatchObject({
      ...{ reason: 'tampered', exit: 3, firstBad: 4, lastGood: 3, findingsCount: 1 },
      message: 'entry 4 is not what was written: its bytes have another hash',
      next: expect.stringContaining('evidence'),
    });
  });

  it('passes nothing that is empty or gone', async () => {
    const folder = await newFolder();
    expect(await ledgerIn(folder).verify({ chain: true })).toMatchObject({ reason: 'empty', exit: 3, head: null });
    await lived(folder);
    await rm(pathOf(folder));
    expect(await ledgerIn(folder).verify({ chain: true })).toMatchObject({ reason: 'tampered', exit: 3 });
    await forget(folder);
    expect(await ledgerIn(folder).verify({ chain: true })).toMatchObject({ reason: 'empty', exit: 3 });
  });

  it('finds a chain that was written anew, by what this user last saw', async () => {
    const [folder, forged] = [await newFolder(), await newFolder()];
    await lived(folder);
    const other = await lived(forged);
    await other.append(intent());
    const text = await readFile(pathOf(forged), 'utf8');
    await rewrite(folder, () => text);
    const verification = await ledgerIn(folder).verify({ chain: true });
    expect(verification).toMatchObject({ reason: 'tampered', findings: [{ fault: 'rewritten', seq: 4 }] });
    await expect(ledgerIn(folder).append(intent())).rejects.toMatchObject({ reason: 'ledger-broken' });
  });

  it('tells the chain of another estate', async () => {
    const folder = await newFolder();
    await lived(folder);
    const other = ledgerIn(folder, { estateId: '00000000-0000-4000-8000-000000000000' });
    expect(await other.verify({ chain: true })).toMatchObject({
      reason: 'tampered',
      findings: [{ fault: 'genesis', seq: 1 }],
    });
  });

  it('tells what was acknowledged, and by whom, though the chain holds again', async () => {
    const folder = await newFolder();
    await lived(folder);
    await rewrite(folder, (text) => `${text.split('\n').slice(0, 3).join('\n')}\n`);
    await ledgerIn(folder).acknowledge('restored from the backup of last night');
    expect(await ledgerIn(folder).verify({ chain: true })).toMatchObject({
      reason: 'chain-holds',
      acknowledged: [
        { seq: 4, reason: 'restored from the backup of last night', actor: { asserted: { user: 'alice' } } },
      ],
    });
  });

  it('tells when the store names another end than the chain has, and lets entries come meanwhile', async () => {
    const folder = await newFolder();
    await lived(folder);
    const bytes = await readFile(pathOf(folder));
    const links = (await linesOf(folder)).map((line) => linkOf(Buffer.from(line)) ?? expect.fail());
    const [first, , third, last] = links;
    const verify = (...heads: readonly unknown[]) => {
      const told = [...heads];
      const head = async () => told.shift() as { seq: number; hash: string };
      return verifyStored({ chunks: () => [bytes], estateId, store: 'this database', chain: true, head });
    };
    const beyond = { seq: 5, hash: 'x' };
    expect(await verify(last, last)).toMatchObject({ reason: 'chain-holds' });
    expect(await verify(first, beyond)).toMatchObject({ reason: 'chain-holds' });
    const behind = await verify(third, third);
    expect(behind).toMatchObject({ reason: 'tampered', findings: [{ fault: 'head', seq: 3 }] });
    expect(await verify(beyond, beyond)).toMatchObject({ reason: 'tampered', findings: [{ fault: 'head', seq: 5 }] });
    const other = { seq: 4, hash: first?.hash };
    expect((await verify(other, other)).message).toBe(
      'the store says that entry 4 ends the chain, and means another one',
    );
  });

  it('ends with the exit codes of the contract', () => {
    expect(verifyExit).toEqual({
      verified: 0,
      'chain-holds': 0,
      tampered: 3,
      torn: 3,
      'epoch-break': 3,
      ghost: 3,
      'key-epoch': 3,
      unanchored: 3,
      'stale-tail': 3,
      empty: 3,
      'anchor-unreachable': 7,
    });
  });
});

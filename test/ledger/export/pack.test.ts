import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { announced } from '#ledger/export/export-entries.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { makePack, type PackOrder } from '#ledger/pack/make-pack.ts';
import { makeCheckpoint } from '#ledger/proof/checkpoint.ts';
import { newSecret, type Signer, signerFrom } from '#ledger/proof/signer.ts';
import { bundleVerifier } from '../../../scripts/bundle-verifier.ts';
import { aTeam } from '../access/world.ts';
import { estateId, intent, noon, outcome } from '../world.ts';
import { csvIn } from './world.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'till-pack-'));
  await bundleVerifier(join(folder, 'till-verify.mjs'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function aSigner(): Signer {
  return signerFrom(newSecret(`till/${estateId}`), `till/${estateId}`) ?? expect.fail('no key');
}

/** A team's day: a grant asked for, approved and used, a break-glass one that nobody reviewed, and one after the span. */
async function aDay() {
  const team = await aTeam();
  const signer = aSigner();
  const asked = await team.request('alice');
  await team.approve('bob', asked, 'sre');
  await team.say('alice', 'activate', asked);
  const draft = intent({ operation: team.as('alice').newId(), grant: asked, target: { tenants: ['maple-toys'] } });
  await team.as('alice').append(draft);
  await team.as('alice').append(outcome(draft.operation, 'unknown'));
  await team.say('alice', 'end', asked);
  const broken = await team.request('carol', {
    form: 'break-glass',
    skipped: ['bob'],
    lapseSeconds: 86_400,
    seconds: 600,
  });
  await team.say('carol', 'activate', broken);
  team.clock.pass(86_400_000);
  const later = await team.request('alice');
  const own = { ...{ ledger: team.as('lea'), estateId, signer, now: team.clock.now() } };
  const signed = await mkdtemp(join(folder, 'signed-'));
  const checkpoint = () => makeCheckpoint({ ...own, folder: signed, heldOutside: async () => [] });
  return { team, ledger: team.as('lea'), signer, checkpoint, asked, broken, later };
}

type Day = Awaited<ReturnType<typeof aDay>>;

async function aPack({ ledger, signer, checkpoint }: Day, change: Partial<PackOrder> = {}, until = noon + 3_600_000) {
  const told = await announced({ ledger, estateId, filter: { until }, format: 'pack' });
  const { note, at } = await checkpoint();
  const out = join(await mkdtemp(join(folder, 'out-')), 'pack');
  const order: PackOrder = {
    ...{ ledger, estate: { id: estateId, name: 'nordic' }, query: { from: null, to: null }, signer, out },
    span: { first: told.first ?? 1, last: told.last ?? 1 },
    notes: [{ note, anchor: 'vault', at }],
    keys: [signer.vkey],
    verdict: await ledger.verify({ chain: true }),
    ...{ now: noon, verifier: join(folder, 'till-verify.mjs'), signal: new AbortController().signal },
    ...change,
  };
  return { ...(await makePack(order)), out, order };
}

/** What an auditor types, in the folder of the pack. */
function audited(pack: string, ...words: readonly string[]): Promise<{ readonly exit: number; readonly text: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['till-verify.mjs', '.', ...words],
      { cwd: pack, env: {} },
      (_, out, err) => resolve({ exit: child.exitCode ?? -1, text: out + err }),
    );
  });
}

const table = async (pack: string, name: string) => {
  const [head = [], ...rows] = csvIn(await readFile(join(pack, name), 'utf8'));
  return rows.map((row) => Object.fromEntries(row.map((cell, index) => [head[index], cell])));
};

async function copyOf(pack: string): Promise<string> {
  const copy = await mkdtemp(join(folder, 'copy-'));
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  await cp(pack, copy, { recursive: true });
  return copy;
}

describe('an evidence pack', { timeout: 60_000 }, () => {
  it('is verified by the program in it, with a key that came on another way', async () => {
    const day = await aDay();
    const { out, verified } = await aPack(day);
    expect(await audited(out, '--key', day.signer.vkey)).toMatchObject({ exit: 0 });
    expect(verified).toMatchObject({ exit: 0, reason: 'verified' });
    expect(await readFile(join(out, 'verify.txt'), 'utf8')).toMatch(/verified: .*\n(?:.*\n)*exit code 0\n$/);
  });

  it('has every file that was promised, for its owner alone, and none that the manifest does not name', async () => {
    const { out } = await aPack(await aDay());
    const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'));
    const named = manifest.files.map(({ path }: { readonly path: string }) => path);
    const flat = ['grants', 'approvals', 'operations', 'breakglass', 'exceptions', 'access-review'].map(
      (name) => `${name}.csv`,
    );
    expect(named).toEqual(
      expect.arrayContaining([...flat, 'policy-history.jsonl', 'records.jsonl', 'checkpoint.txt', 'verify.txt']),
    );
    expect(named).toEqual(expect.arrayContaining(['control-map.md', 'till-verify.mjs', 'anchors/1-vault.jsonl']));
    for (const { path, sha256, bytes } of manifest.files) {
      const content = await readFile(join(out, path));
      expect([hash('sha256', content), content.length], path).toEqual([sha256, bytes]);
      expect((await stat(join(out, path))).mode & 0o077, path).toBe(0);
    }
    expect((await readdir(out)).sort()).toEqual(
      [...new Set([...named.map((path: string) => path.split('/')[0]), 'manifest.json', 'manifest.json.sig'])].sort(),
    );
    expect((await stat(out)).mode & 0o077).toBe(0);
  });

  it('tells of each grant who asked, who approved, what was done and how it ended', async () => {
    const { out, order } = await aPack(await aDay());
    const [asked, broken, ...others] = await table(out, 'grants.csv');
    expect(others).toEqual([]);
    expect(asked).toMatchObject({ requester: 'alice', approvers: 'bob (sre)', ops_count: '1', end_cause: 'ended' });
    expect(broken).toMatchObject({ kind: 'break-glass', subject: 'carol', end_cause: 'expires by itself' });
    expect(await table(out, 'approvals.csv')).toMatchObject([
      { grant: asked?.['id'], approver: 'bob', decision: 'approve', rule_satisfied: 'sre' },
    ]);
    expect(await table(out, 'breakglass.csv')).toMatchObject([{ subject: 'carol', review_by: '' }]);
    expect(await table(out, 'operations.csv')).toMatchObject([
      { status: 'unknown', grant: asked?.['id'], actor: 'alice' },
    ]);
    const exceptions = await table(out, 'exceptions.csv');
    expect(exceptions.map(({ what }) => what)).toEqual(['outcome not known', 'review outstanding']);
    const people = await table(out, 'access-review.csv');
    expect(people.find(({ person }) => person === 'alice')).toMatchObject({
      groups: 'sre',
      os_accounts: 'alice alice-adm',
    });
    expect((await readFile(join(out, 'policy-history.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(3);
    expect(order.span.first).toBe(1);
  });

  it('holds the lines of the span as they were hashed, and nothing of before or after', async () => {
    const day = await aDay();
    const { out, order } = await aPack(day, {}, noon + 3_600_000);
    const lines = (await readFile(join(out, 'records.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(
      Array.from({ length: order.span.last }, (_, index) => index + 1),
    );
    expect(lines.join('\n')).not.toContain(day.later);
  });

  it('may begin and end anywhere: the proofs tie it to the checkpoint', async () => {
    const day = await aDay();
    const { out } = await aPack(day, { span: { first: 6, last: 9 } });
    const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ range: { first: 6, last: 9 }, checkpoint: { coversTheRange: true } });
    expect(await audited(out, '--key', day.signer.vkey)).toMatchObject({ exit: 0 });
    expect((await readdir(join(out, 'proofs'))).sort()).toEqual(
      expect.arrayContaining(['6.tlog-proof', '9.tlog-proof']),
    );
  });

  it('does not verify without a key, with another one, unsigned, or where no checkpoint covers it', async () => {
    const day = await aDay();
    const { out } = await aPack(day);
    expect(await audited(out)).toMatchObject({ exit: 3, text: expect.stringContaining('unanchored') });
    expect(await audited(out, '--key', aSigner().vkey)).toMatchObject({ exit: 3 });
    const unsigned = await aPack(day, { signer: null });
    expect(await audited(unsigned.out, '--key', day.signer.vkey)).toMatchObject({
      exit: 3,
      text: expect.stringContaining('signed by nobody'),
    });
    const uncovered = await aPack(day, { notes: [] });
    expect(uncovered.verified.exit).toBe(3);
    expect(await audited(uncovered.out, '--key', day.signer.vkey)).toMatchObject({ exit: 3 });
  });

  it('is found out when anything in it was changed, with or without its hash in the manifest', async () => {
    const day = await aDay();
    const { out } = await aPack(day);
    const names = (JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')).files as { path: string }[])
      .map(({ path }) => path)
      .filter((path) => path !== 'till-verify.mjs');
    for (const path of [...names, 'manifest.json', 'manifest.json.sig']) {
      const pack = await copyOf(out);
      const text = await readFile(join(pack, path), 'utf8');
      await writeFile(join(pack, path), changed(text));
      expect((await audited(pack, '--key', day.signer.vkey)).exit, path).not.toBe(0);
      await renamedInManifest(pack, path);
      expect((await audited(pack, '--key', day.signer.vkey)).exit, `${path}, hash and all`).not.toBe(0);
    }
  });

  it('is found out when lines are cut from its end, when a file is missing, and when one was put in', async () => {
    const day = await aDay();
    const { out } = await aPack(day);
    const cut = await copyOf(out);
    const lines = (await readFile(join(cut, 'records.jsonl'), 'utf8')).split('\n');
    await writeFile(join(cut, 'records.jsonl'), `${lines.slice(0, -3).join('\n')}\n`);
    await renamedInManifest(cut, 'records.jsonl');
    expect(await audited(cut, '--key', day.signer.vkey)).toMatchObject({ exit: 3 });
    const missing = await copyOf(out);
    await rm(join(missing, 'breakglass.csv'));
    expect(await audited(missing, '--key', day.signer.vkey)).toMatchObject({ exit: 3 });
    const added = await copyOf(out);
    await writeFile(join(added, 'grants-final.csv'), 'id\r\n');
    expect(await audited(added, '--key', day.signer.vkey)).toMatchObject({ exit: 3 });
  });

  it('leaves nothing behind where it could not be made', async () => {
    const day = await aDay();
    const gone: Ledger = Object.assign(Object.create(day.ledger), {
      entries: (...words: Parameters<Ledger['entries']>) => day.ledger.entries(...words),
      bytes: () => {
        throw new Error('the disk has gone');
      },
    });
    const order = aPack(day, { ledger: gone });
    await expect(order).rejects.toThrow('the disk has gone');
    const left = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.pack'));
    expect(left).toEqual([]);
  });
});

/** One character of it is another one. */
function changed(text: string): string {
  const at = Math.max(0, text.search(/[a-y]/));
  return text === '' ? 'x' : `${text.slice(0, at)}${text[at] === 'a' ? 'b' : 'a'}${text.slice(at + 1)}`;
}

/** Somebody who changes a file corrects its hash as well. */
async function renamedInManifest(pack: string, path: string): Promise<void> {
  const manifest = await readFile(join(pack, 'manifest.json'), 'utf8');
  try {
    const { files, ...others } = JSON.parse(manifest);
    const sha256 = hash('sha256', await readFile(join(pack, path)));
    const corrected = files.map((file: { readonly path: string }) => (file.path === path ? { ...file, sha256 } : file));
    await writeFile(join(pack, 'manifest.json'), `${JSON.stringify({ ...others, files: corrected }, null, 2)}\n`);
  } catch {
    // It is no JSON any more.
  }
}

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { main } from '#ledger/verifier/main.ts';
import { systemClock } from '#text/clock.ts';
import { till } from '../../commands/till.ts';
import { s3Keys, s3Server } from '../../s3-server.ts';
import { estateId, forget } from '../world.ts';

/** An estate of one file ledger with these anchors, and a person who types. */
async function estate(anchors: string) {
  const folder = await mkdtemp(join(tmpdir(), 'till-proof-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'usb'));
  const yaml = `apiVersion: till/v1\nid: ${estateId}\nname: demo\nledger:\n  anchors:\n${anchors}`;
  await writeFile(join(folder, 'estate.yaml'), yaml);
  const env = {
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'state'),
    S3_KEY: s3Keys.accessKey,
    S3_SECRET: s3Keys.secretKey,
  };
  const home = join(folder, 'state', 'till', estateId);
  return {
    ...{ folder, home, ledger: join(home, 'ledger', 'ledger.jsonl') },
    type: (line: string) =>
      till([...words(line), '--estate', join(folder, 'estate.yaml')], { env, clock: systemClock }),
  };
}

const words = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
const usb = '    usb: {mount: {path: usb}}\n';

describe('till ledger key', () => {
  it('makes a key that only this user can read, once; rotates and retires it; lists them all', async () => {
    const { type, home } = await estate(usb);
    expect(await type('ledger key list')).toMatchObject({
      exit: 0,
      err: expect.stringContaining('till ledger key new'),
    });
    const made = await type('ledger key new -o json');
    const { id, vkey, path } = JSON.parse(made.out);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, 'keys'))).mode & 0o777).toBe(0o700);
    expect(made.out + made.err).not.toContain('PRIVATE+KEY');
    expect(await type('ledger key new')).toMatchObject({
      exit: 4,
      err: expect.stringContaining('till ledger key rotate'),
    });
    expect(await type('ledger key rotate')).toMatchObject({ exit: 0 });
    const [old, young] = JSON.parse((await type('ledger key list -o json')).out).items;
    expect([old, young]).toMatchObject([
      { id, vkey, isInUse: false, isHeld: true },
      { until: null, isInUse: true, isHeld: true },
    ]);
    expect(await type(`ledger key retire ${young.id}`)).toMatchObject({ exit: 0 });
    expect(await type(`ledger key retire ${young.id}`)).toMatchObject({ exit: 4 });
    expect(await type('ledger key retire nobody')).toMatchObject({ exit: 2 });
    expect(await type('ledger checkpoint')).toMatchObject({ exit: 4, err: expect.stringContaining('may sign now') });
  });
});

describe('till ledger checkpoint', () => {
  it('hands it to every anchor, names one that fails, and says how it went with the exit code', async () => {
    const server = await s3Server();
    const s3 = `endpoint: "${server.url}", bucket: anchors, region: ${server.region}, accessKey: {env: S3_KEY}, secretKey: {env: S3_SECRET}`;
    const { folder, type } = await estate(
      `${usb}    vault: {s3: {${s3}}}\n    git: {git: {repository: ./there.git}}\n    log: {syslog: {address: "127.0.0.1:1", protocol: tcp}}\n`,
    );
    execFileSync('git', ['init', '--quiet', '--bare', join(folder, 'there.git')]);
    await type('ledger key new');
    const some = await type('ledger checkpoint -o json');
    expect(some.exit).toBe(8);
    expect(JSON.parse(some.out).anchors).toMatchObject([
      { anchor: 'usb', status: 'anchored', weakness: expect.stringContaining('same device') },
      { anchor: 'vault', status: 'anchored' },
      { anchor: 'git', status: 'anchored' },
      { anchor: 'log', status: 'failed', message: expect.stringContaining('ECONNREFUSED') },
    ]);
    expect(await type('ledger checkpoint --anchor log')).toMatchObject({ exit: 7 });
    expect(await type('ledger checkpoint --anchor vault')).toMatchObject({ exit: 0 });
    expect(await type('ledger checkpoint --anchor nobody')).toMatchObject({ exit: 2 });
    const verification = await type('audit verify -o json');
    expect(verification.exit).toBe(0);
    expect(JSON.parse(verification.out)).toMatchObject({
      reason: 'verified',
      anchors: [{ held: 1 }, { held: 2 }, { held: 1 }, { anchor: 'log', held: null }],
    });
    expect(verification.out + some.out).not.toContain(s3Keys.secretKey);
  });
});

describe('the key that the estate names', () => {
  it('signs where no key was made, and its absence is told without its content', async () => {
    const { folder, home, type } = await estate(`${usb}  checkpoints: {key: {file: signer.key}}\n`);
    const { path } = JSON.parse((await type('ledger key new -o json')).out);
    const missing = await type('ledger checkpoint');
    expect([missing.exit, missing.err]).toEqual([7, expect.stringContaining('signer.key does not exist')]);
    await writeFile(join(folder, 'signer.key'), await readFile(path), { mode: 0o600 });
    await rm(join(home, 'keys'), { recursive: true });
    expect(await type('ledger checkpoint')).toMatchObject({ exit: 0 });
  });
});

describe('till audit verify', () => {
  it('finds what was written anew, with the signed note that proves it', async () => {
    const { type, ledger, home } = await estate(usb);
    const { vkey } = JSON.parse((await type('ledger key new -o json')).out);
    await type('ledger checkpoint');
    const text = await readFile(ledger, 'utf8');
    await rm(join(home, 'ledger'), { recursive: true });
    await type('ledger key new --reason "forged"');
    expect(await type('audit verify')).toMatchObject({ exit: 3, out: expect.stringMatching(/^✖ key-epoch/) });
    const byOurKey = await type(`audit verify --key ${vkey} -o json`);
    expect(byOurKey.exit).toBe(3);
    const { reason, findings } = JSON.parse(byOurKey.out);
    expect(reason).toBe('tampered');
    expect(findings).toMatchObject([{ fault: 'rewritten', notes: [expect.stringContaining(`till/${estateId}\n2\n`)] }]);
    const copy = join(home, 'copy.jsonl');
    await writeFile(copy, text);
    expect(await type(`audit verify --from-file ${copy}`)).toMatchObject({ exit: 0 });
    expect(await type('audit verify --from-file /not/there')).toMatchObject({ exit: 2 });
  });

  it('says 7 when no anchor can be asked, 3 when none is named, 2 for a key that is none', async () => {
    const { type, folder } = await estate(usb);
    await type('ledger key new');
    await rm(join(folder, 'usb'), { recursive: true });
    const away = await type('audit verify');
    expect([away.exit, away.out]).toEqual([7, expect.stringContaining('usb could not be read')]);
    expect(await type('audit verify --key nonsense')).toMatchObject({ exit: 2 });
    expect(await type('audit verify --chain')).toMatchObject({ exit: 0 });
    const bare = await estate('    {}\n');
    await bare.type('ledger key new');
    expect((await bare.type('audit verify')).out).toMatch(/^✖ unanchored/);
  });

  it('trusts the key that is given alone', async () => {
    const { type } = await estate(usb);
    const { vkey } = JSON.parse((await type('ledger key new -o json')).out);
    await type('ledger checkpoint');
    expect(await type(`audit verify --key ${vkey}`)).toMatchObject({ exit: 0 });
    const other = await estate(usb);
    const another = JSON.parse((await other.type('ledger key new -o json')).out).vkey;
    const wrong = await type(`audit verify --key ${another}`);
    expect([wrong.exit, wrong.out]).toEqual([3, expect.stringMatching(/^✖ key-epoch: .*nobody here knows/)]);
  });
});

describe('till audit prove', () => {
  it('writes what somebody else can check without till and without the rest of the ledger', async () => {
    const { type, folder } = await estate(usb);
    const { vkey } = JSON.parse((await type('ledger key new -o json')).out);
    expect(await type('audit prove 2')).toMatchObject({
      exit: 3,
      err: expect.stringContaining('no checkpoint covers entry 2'),
    });
    await type('ledger checkpoint');
    expect((await type('audit prove 2')).out).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex 1\n/);
    const out = join(folder, 'proofs');
    await type(`audit prove 2 --out ${out}`);
    expect((await readdir(out)).sort()).toEqual(['2.jsonl', '2.tlog-proof']);
    let said = '';
    const check = (file: string) =>
      main(
        [join(out, file), '--proof', join(out, '2.tlog-proof'), '--key', vkey],
        (text) => (said = text),
        expect.fail,
      );
    expect([await check('2.jsonl'), said]).toEqual([0, expect.stringMatching(/^● verified: 1 entry holds/)]);
  });
});

describe('till ledger epoch', () => {
  it('records what a restore has lost, by the word of the anchors, and nothing else', async () => {
    const { type, ledger, home } = await estate(usb);
    await type('ledger key new');
    const early = await readFile(ledger, 'utf8');
    await type('audit list');
    await type('ledger checkpoint');
    expect(await type('ledger epoch open --reason "just so"')).toMatchObject({
      exit: 4,
      err: expect.stringContaining('nothing is lost'),
    });
    await writeFile(ledger, early);
    await forget(join(home, 'ledger'));
    expect((await type('audit verify')).out).toMatch(
      /^✖ tampered: usb has seen entry 3, and the record ends at entry 2: 1 entry is gone/,
    );
    expect(await type('ledger epoch open')).toMatchObject({ exit: 2 });
    const opened = await type('ledger epoch open --reason "restored from Monday" -o json');
    expect(opened.exit).toBe(0);
    expect(JSON.parse(opened.out)).toMatchObject({
      seq: 3,
      lost: { from: 3, to: 3 },
      anchored: { anchor: 'usb', size: 3 },
    });
    const verification = await type('audit verify');
    expect(verification.out).toMatch(
      /^✖ epoch-break: epoch break at 3, 1 entry lost \(3 to 3\), acknowledged by nobody/,
    );
    expect(await type('ledger checkpoint -o json')).toMatchObject({
      exit: 0,
      out: expect.stringContaining('/epoch-3'),
    });
    const known = await type('ledger epoch acknowledge --reason "known"');
    expect([known.exit, known.out]).toEqual([0, expect.stringContaining('another person must, too')]);
    expect((await type('ledger epoch list')).out).toContain('3 to 3');
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { licence } from '#actions/licence.ts';
import { writeManifest } from '#backups/manifest-file.ts';
import { writeProof } from '#backups/write-proof.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { aManifest, idAt } from '../backups/world.ts';
import { aFolder, operation } from '../systems/storage/world.ts';
import { till } from './till.ts';

const hour = 3_600_000;
const now = Date.parse('2026-11-27T09:41:00Z');

/** An estate of one shop whose tier asks for a drill a day, with a proof of this many seconds. */
async function anEstate(rto: number | null) {
  const folder = await aFolder();
  const vault = join(folder, 'vault');
  await mkdir(vault);
  await writeFile(
    join(folder, 'estate.yaml'),
    `apiVersion: till/v1
id: 0e37ad6c-8d17-4b0a-93f8-8a2ae2ddbd10
name: shops
tiers:
  standard: { rpo: 1h, rto: 2m, backup: { every: 1h, drill: 1d } }
stores:
  vault: { folder: { path: ${JSON.stringify(vault)} } }
backups: { store: vault, recipients: [age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg] }
tenants:
  - { name: maple-toys, tier: standard }
`,
  );
  if (rto !== null) {
    const store = new FolderStore('vault', vault);
    const at = new Date(now - hour).toISOString();
    const manifest = aManifest({ tenant: 'maple-toys', snapshotAt: at, backup: idAt(Date.parse(at)) });
    const sha256 = await writeManifest(store, operation, manifest, null);
    const drill = licence(idAt(now - hour / 2), 'drill');
    await writeProof(store, drill, 'drill', {
      ...{ apiVersion: 'till/v1', kind: 'BackupProof', operation: drill.id, manifest: sha256, rto, rpo: 60 },
      ...{ tenant: 'maple-toys', backup: manifest.backup, at: new Date(now - hour / 2).toISOString() },
      ...{ seconds: { restore: rto }, level: 'served', status: 'ok' },
      checks: [{ check: 'clean-up', status: 'ok', message: 'nothing is left' }],
    });
  }
  const env = { HOME: folder, XDG_STATE_HOME: join(folder, 'state') };
  const clock = { now: () => now, monotonic: () => performance.now() };
  return (...words: readonly string[]) =>
    till(['drills', ...words, '--estate', join(folder, 'estate.yaml')], { env, clock });
}

describe('till drills', () => {
  it('lists what was rehearsed against the tier, for people and for scripts', async () => {
    const drills = await anEstate(90);
    const shown = await drills();
    expect(shown.exit).toBe(0);
    expect(shown.out).toMatch(/^TENANT +KIND +AGE +STATUS +PROVEN +RTO +RPO/);
    expect(shown.out).toMatch(/maple-toys +restore +\d+m +ok +served +1m30s of 2m00s +1m00s of 1h00m/);
    const { out } = await drills('-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'DrillList',
      tenants: [{ tenant: 'maple-toys', tier: 'standard', wrong: [] }],
      items: [
        {
          ...{ tenant: 'maple-toys', kind: 'restore', status: 'ok', level: 'served' },
          ...{ rto: 90, rpo: 60, rtoTarget: 120, rpoTarget: 3_600, seconds: { restore: 90 } },
        },
      ],
    });
    expect(await drills('--check')).toMatchObject({ exit: 0, err: '' });
  });

  it('says with --check what is not as the tier asks, and exits with 3', async () => {
    const slow = await (await anEstate(121))('--check');
    expect(slow).toMatchObject({ exit: 3, err: expect.stringContaining('missed its RTO: 121s of 120s') });
    const never = await (await anEstate(null))('--check');
    expect(never).toMatchObject({ exit: 3, err: expect.stringContaining('maple-toys: no restore was ever proven') });
  });

  it('says where nothing was rehearsed, and keeps to a limit', async () => {
    expect(await (await anEstate(null))()).toMatchObject({ exit: 0, out: '', err: expect.stringContaining('nothing') });
    expect(await (await anEstate(90))('--limit', 'many')).toMatchObject({ exit: 2 });
  });
});

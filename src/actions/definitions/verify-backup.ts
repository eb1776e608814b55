import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { BackupProof } from '#backups/manifest.ts';
import { openBackup, signatureCheck } from '#backups/open-backup.ts';
import { sealingPrograms } from '#backups/open-sealed.ts';
import { envWithPrograms, postgresPrograms } from '#backups/programs.ts';
import { readBack } from '#backups/read-back.ts';
import { trustedKeys } from '#backups/read-backups.ts';
import { readProof, writeProof } from '#backups/write-proof.ts';
import type { Operation } from '#systems/operation.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { instant } from '#text/clock.ts';
import { size } from '#text/size.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action, ActWorld } from '../action.ts';
import { backupsOf, catalogueOf } from '../keeping/catalogue-of.ts';
import type { Plan } from '../plan.ts';

type Params = { readonly backup: string | null };

const kind = 'verify';
/** What one core reads, sums, opens and decompresses, beside a pg_restore that reads it too. */
const bytesPerSecond = 40 * 1024 ** 2;

export const action: Action<Params> = {
  name: 'verify-backup',
  title: 'Verify backup',
  summary: 'Read a backup back whole, and record what was proven of it',
  examples: [
    { line: 'till verify-backup maple-toys', note: 'the newest one: sums, decryption, every table and every file' },
  ],
  danger: 'mild',
  target: 'tenants',
  // It reads, and records what it found.
  deescalates: true,
  writesToSystems: true,
  isLong: true,
  // It reads; its proof is one object of this operation's name.
  mayRepeat: true,
  flags: [
    { name: 'backup', value: 'ID', summary: 'this one, not the newest', completion: 'backup', environment: false },
  ],
  parse: ({ backup }) => ({ backup: typeof backup === 'string' ? backup : null }),
  async plan({ params, tenant, world }) {
    const of = tenant?.name ?? '';
    const { backups, name } = await catalogueOf(of, world);
    const entry = chosen(backups, params.backup, of);
    const isOpenable = backupsOf(world).identity !== undefined;
    return {
      objects: [
        {
          ...({ system: 'storage', cluster: name, tenant: of, kind: 'backup', namespace: null } as const),
          ...{ name: entry.backup, uid: entry.sha256, version: null },
        },
      ],
      changes: [
        { object: `backup ${entry.backup}`, field: 'proof', before: entry.level, after: 'read back', owner: null },
      ],
      blockers: isOpenable
        ? []
        : [
            {
              by: 'estate.yaml',
              reason: 'it names no identity that opens backups',
              until: null,
              wayOut: 'add `identity: {file: …}` to `backups`, where the key is',
            },
          ],
      warnings: [
        `taken ${entry.manifest.snapshotAt}, ${size(entry.size)} in ${name}`,
        ...entry.missing.map((key) => `${key} is gone or cut`),
        ...(entry.signature === 'good' ? [] : [`its signature: ${entry.signature}`]),
      ],
      equivalents: [],
      expectedSeconds: Math.ceil(5 + entry.size / bytesPerSecond),
    };
  },
  steps: (plan) => [
    {
      name: 'read-back',
      words: `reading ${plan.objects[0]?.name ?? ''} back`,
      run: async (operation, world) => {
        const proof = await prove(plan, operation, world);
        const { key, sha256 } = await writeProof(await storeOf(plan, world), operation, kind, proof);
        return { proof: key, sha256, manifest: proof.manifest, status: proof.status };
      },
    },
  ],
  async verify(plan, _params, world) {
    const proof = await newestProof(plan, world);
    if (proof === null) {
      return { status: 'unknown', message: 'the proof that was written is not there' };
    }
    const failed = proof.checks.filter(({ status }) => status === 'failed').map(({ message }) => clean(message));
    return failed.length === 0
      ? {
          status: 'ok',
          message: proof.checks.map((one) => `${one.check}: ${clean(one.message)}`).join('; '),
          after: proof.level,
        }
      : { status: 'failed', message: failed.join('; '), after: 'damaged' };
  },
  async find(plan, _params, world, operation) {
    const [object] = plan.objects;
    const [tenant, backup] = [object?.tenant ?? '', object?.name ?? ''];
    const proof = await readProof(await storeOf(plan, world), kind, { tenant, backup, operation });
    // One object, written whole or not at all: its absence is a proof.
    return proof === null ? 'absent' : 'applied';
  },
};

function chosen(backups: readonly CatalogueEntry[], asked: string | null, tenant: string): CatalogueEntry {
  const entry = asked === null ? backups[0] : backups.find(({ backup }) => backup === asked);
  if (entry === undefined) {
    throw new TillError(
      asked === null ? `there is no backup of ${tenant}` : `${tenant} has no backup "${clean(asked)}"`,
      {
        exit: exitCodes.usage,
        reason: 'unknown-backup',
        target: tenant,
        next: asked === null ? `till backup ${tenant} makes one` : `till backups ${tenant} lists them`,
      },
    );
  }
  return entry;
}

function storeOf(plan: Plan, world: ActWorld) {
  return world.store(plan.objects[0]?.cluster ?? '');
}

async function prove(plan: Plan, { id }: Operation, world: ActWorld): Promise<BackupProof> {
  const [object] = plan.objects;
  const [tenant, backup] = [object?.tenant ?? '', object?.name ?? ''];
  const { identity, programs: folders } = backupsOf(world);
  const env = envWithPrograms(process.env, folders);
  const startedAt = world.clock.monotonic();
  try {
    const store = await storeOf(plan, world);
    const { manifest, sha256, signature } = await openBackup(store, { tenant, backup }, await trustedKeys(world));
    if (sha256 !== object?.uid || identity === undefined) {
      throw new WriteFailure('refused', `the manifest of ${backup} is another one than was planned`, null, true);
    }
    const [programs, postgres, secret] = await Promise.all([
      sealingPrograms(env),
      postgresPrograms(Number.parseInt(manifest.database.dumpVersion, 10), env),
      world.secret(identity),
    ]);
    const found = await readBack(manifest, {
      ...{ store, identity: secret, programs, postgres, signal: world.signal },
      onProgress: byPercent((done, of) => world.progress({ words: `reading ${backup} back`, done, of, unit: 'bytes' })),
    });
    const checks = [signatureCheck(signature), ...found];
    return {
      ...{ apiVersion: 'till/v1', kind: 'BackupProof', backup, tenant, operation: id, level: 'read back' },
      status: checks.some(({ status }) => status === 'failed') ? 'failed' : 'ok',
      at: instant(world.clock.now()),
      seconds: { fetch: Math.round((world.clock.monotonic() - startedAt) / 1000) },
      ...{ checks, rto: null, rpo: null, manifest: sha256 },
    };
  } catch (error) {
    if (world.signal.aborted || error instanceof ReadFailure || error instanceof TillError) {
      throw new WriteFailure(
        'refused',
        `nothing was proven: ${clean(error instanceof Error ? error.message : String(error))}`,
      );
    }
    throw error;
  }
}

/** Told of each percent once, however often bytes come. */
function byPercent(tell: (done: number, of: number) => void): (done: number, of: number) => void {
  let last = -1;
  return (done, of) => {
    const percent = of === 0 ? 100 : Math.floor((done / of) * 100);
    if (percent > last) {
      last = percent;
      tell(done, of);
    }
  };
}

async function newestProof(plan: Plan, world: ActWorld): Promise<BackupProof | null> {
  const [object] = plan.objects;
  const { backups } = await catalogueOf(object?.tenant ?? '', world);
  const entry = backups.find(({ backup }) => backup === object?.name);
  return entry?.proofs.find(({ level }) => level === 'read back') ?? null;
}

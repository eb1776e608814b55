import type { BackupProof, Manifest } from '#backups/manifest.ts';
import { openBackup, signatureCheck } from '#backups/open-backup.ts';
import { type Sealing, sealingPrograms } from '#backups/open-sealed.ts';
import { envWithPrograms, type PostgresPrograms, postgresPrograms } from '#backups/programs.ts';
import { trustedKeys } from '#backups/read-backups.ts';
import type { SignatureState } from '#backups/signature.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { ActWorld } from '../action.ts';
import { backupsOf } from '../keeping/catalogue-of.ts';
import type { RecoveryRequest } from './recover.ts';

/** A backup that is the planned one and may be believed, with all that opens it. */
export interface Opened {
  readonly manifest: Manifest;
  readonly signature: BackupProof['checks'][number];
  readonly sealing: Sealing;
  readonly postgres: PostgresPrograms;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Reads alone: what is thrown here has left nothing. Throws WriteFailure, ReadFailure, DamagedBackup or TillError. */
export async function openWork({ backup }: Pick<RecoveryRequest, 'backup'>, world: ActWorld): Promise<Opened> {
  const { identity, programs: folders, store: name } = backupsOf(world);
  const env = envWithPrograms(process.env, folders);
  const store = await world.store(name);
  const trusted = await trustedKeys(world);
  const { manifest, sha256, signature } = await openBackup(store, backup, trusted);
  if (sha256 !== backup.sha256) {
    throw new WriteFailure('refused', `the manifest of ${backup.backup} is another one than was planned`, null, true);
  }
  const distrust = whyNotBelieved(signature, trusted);
  if (distrust !== null) {
    throw new WriteFailure('refused', `${backup.backup}: ${distrust}`, 'signature');
  }
  if (identity === undefined) {
    throw new WriteFailure('refused', 'the estate names no identity that opens backups', 'identity');
  }
  if (manifest.database.format !== 'custom') {
    throw new WriteFailure('refused', `${backup.backup} is in the ${manifest.database.format} format`, 'format');
  }
  const [programs, postgres, secret] = await Promise.all([
    sealingPrograms(env),
    postgresPrograms(majorOf(manifest.database.dumpVersion), env),
    world.secret(identity),
  ]);
  return {
    ...{ manifest, signature: signatureCheck(signature), postgres, env },
    sealing: { store, identity: secret, programs, signal: world.signal },
  };
}

/** Where the estate says who signs, a backup that is not signed by them is one that somebody else may have made. Null: it is believed. */
export function whyNotBelieved(signature: SignatureState, trusted: readonly string[]): string | null {
  if (signature === 'wrong') {
    return 'the signature of its manifest is not one that the estate knows';
  }
  return signature === 'unsigned' && trusted.length > 0
    ? 'its manifest is not signed, and the estate names who signs'
    : null;
}

export function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

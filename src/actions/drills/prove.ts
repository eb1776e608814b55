import type { BackupProof } from '#backups/manifest.ts';
import { writeProof } from '#backups/write-proof.ts';
import type { Operation } from '#systems/operation.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import type { Recovered } from '../recovery/recover.ts';
import type { Rehearsal } from './rehearse.ts';
import type { DrillCheck } from './result.ts';

export const proofKind = 'drill';

export const isNotFailed = ({ status }: DrillCheck) => status !== 'failed';

/**
 * What the drill proves of the backup, for it or against it; null where it proves nothing. A cluster without room for a pod, or a server
 * that went away, says nothing against it.
 */
export function proofOf(
  recovered: Recovered | null,
  failure: unknown,
  checks: readonly DrillCheck[],
  about: {
    readonly rehearsal: Rehearsal;
    readonly operation: Operation;
    readonly at: string;
    readonly rto: number | null;
    readonly rpo: number | null;
  },
): Omit<BackupProof, 'checks' | 'seconds'> | null {
  const isDamaged = failure instanceof WriteFailure && failure.code === 'damaged';
  if (recovered === null && !isDamaged) {
    return null;
  }
  const { rehearsal, operation, at, rto, rpo } = about;
  const wasServed =
    checks.some(({ check, status }) => check === 'serve' && status === 'ok') && checks.every(isNotFailed);
  // That something of it stayed live is our fault, and no flaw of what was backed up.
  const isSound = recovered?.checks.every((one) => isNotFailed(one) || one.check === 'neutralised') ?? false;
  return {
    ...{ apiVersion: 'till/v1', kind: 'BackupProof', operation: operation.id, at, rto, rpo },
    ...{ backup: rehearsal.backup.backup, tenant: rehearsal.backup.tenant, manifest: rehearsal.backup.sha256 },
    level: wasServed ? 'served' : 'restored',
    status: isSound ? 'ok' : 'failed',
  };
}

/** Null when it is in the store; else the check that says why not: a drill whose evidence is lost has not been one. */
export async function kept({ store }: Rehearsal, operation: Operation, proof: BackupProof): Promise<DrillCheck | null> {
  try {
    await writeProof(store, operation, proofKind, proof);
    return null;
  } catch (error) {
    const words = clean(error instanceof Error ? error.message : String(error)).slice(0, 500);
    return { check: 'proof', status: 'failed', message: `it could not be written: ${words}` };
  }
}

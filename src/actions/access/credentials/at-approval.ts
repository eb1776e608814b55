import { usualEnforcement } from '#estate/enforcement/manifest.ts';
import type { Estate } from '#estate/estate.ts';
import { type Grant, statusAt } from '#ledger/access/grant.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { Clock } from '#text/clock.ts';
import type { DutyEnd } from './duty.ts';
import { end, unretired } from './end.ts';
import { failedToMint } from './fail.ts';
import { lackedBy, mint } from './mint.ts';
import { openParcels } from './open-parcels.ts';
import { openMintingWorld } from './open-world.ts';
import type { CredentialTarget } from './targets.ts';
import type { MintingWorld } from './world.ts';

interface Here {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ledger: Ledger;
}

export type AtApproval =
  /** An agent leads: it mints when the grant is activated. */
  | { readonly by: 'agent' }
  /** Nothing has to be issued for it, or it is not approved yet. */
  | { readonly by: 'nobody' }
  | { readonly by: 'approver'; readonly end: DutyEnd; readonly hasFailed: boolean };

/** A leader renews every few seconds; one that has been silent so long leads no more. */
const freshMs = 60_000;

/**
 * Without an agent the approver's console mints, by the approver's own rights on the systems (`till manifests access --approvers`). What is
 * issued begins to run when it is issued, so the clock starts here, at the approval, and not when its subject comes for it.
 */
export async function mintAtApproval(id: string, here: Here, agentLeads: () => Promise<boolean>): Promise<AtApproval> {
  return await inWorld(here, async (world) => {
    const approved = await grantIn(id, world);
    const status = approved === null ? null : statusAt(approved, await world.now());
    if (approved === null || (status !== 'approved' && status !== 'active')) {
      return { by: 'nobody' };
    }
    const lacking = await lackedBy(approved, world);
    if (lacking.length === 0) {
      return { by: 'nobody' };
    }
    if (await agentLeads()) {
      return { by: 'agent' };
    }
    // Where approvers may not mint either, a grant is the ledger's word alone, and its clock waits for its subject.
    if (!(await mayIssue(lacking, world))) {
      return { by: 'nobody' };
    }
    if (status === 'approved') {
      await world.ledger.append({ kind: 'grant', phase: 'activate', grant: approved.grant });
    }
    const active = (await grantIn(id, world)) ?? approved;
    const end = await mint(active, await lackedBy(active, world), world);
    // Nobody comes back to try again.
    return { by: 'approver', end, hasFailed: await failedToMint(id, end, true, world) };
  });
}

/** Whoever ends or revokes a grant takes away what it was given, where no agent does. Null when there is nothing to take. */
export async function endAtRevoke(id: string, here: Here, agentLeads: () => Promise<boolean>): Promise<DutyEnd | null> {
  return await inWorld(here, async (world) => {
    const grant = await grantIn(id, world);
    return grant === null || unretired(grant).length === 0 || (await agentLeads()) ? null : await end(grant, world);
  });
}

/** Whether an agent leads by the usual Lease of any cluster of the estate. */
export async function agentLeads({ estate, clock }: Pick<Here, 'estate' | 'clock'>): Promise<boolean> {
  const { openLeaseBook } = await import('#systems/kubernetes/lease-open.ts');
  for (const { context, kubeconfig } of Object.values(estate.clusters)) {
    const { namespace, agent: name } = usualEnforcement;
    const book = openLeaseBook({ context, kubeconfig, clock, namespace, name });
    try {
      const record = await book.read();
      if (record !== null && record.holder !== '' && clock.now() - Date.parse(record.renewedAt) < freshMs) {
        return true;
      }
    } catch {
      // A cluster that cannot be asked has no agent that we could count on.
    } finally {
      await book.close();
    }
  }
  return false;
}

async function mayIssue(lacking: readonly CredentialTarget[], world: MintingWorld): Promise<boolean> {
  const answers = await Promise.all(
    lacking.map(async (target) =>
      target.system === 'kubernetes'
        ? (await (await world.minter(target.where)).mayMint(target.namespace)) === true
        : (await world.logins(target.where)) !== null,
    ),
  );
  return answers.every((may) => may);
}

async function grantIn(id: string, { ledger }: MintingWorld): Promise<Grant | null> {
  return (await ledger.state()).grants.get(id) ?? null;
}

async function inWorld<T>({ estate, clock, env, ledger }: Here, work: (world: MintingWorld) => Promise<T>): Promise<T> {
  const parcels = await openParcels(estate, clock, env);
  const world = openMintingWorld({ estate, clock, env, ledger, parcels, signal: new AbortController().signal });
  try {
    return await work(world);
  } finally {
    await world.close();
    await parcels.close();
  }
}

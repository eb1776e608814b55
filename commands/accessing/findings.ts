import type { Estate } from '#estate/estate.ts';
import type { Io } from '#grammar/command.ts';
import type { Finding } from '#health/finding.ts';

/** What the file says of access, by itself. An estate without rules loads nothing for it. */
export async function ruleFindings(estate: Estate): Promise<readonly Finding[]> {
  if (estate.access === undefined) {
    return [];
  }
  const { examineRules } = await import('#actions/access/examine.ts');
  return await examineRules(estate);
}

/** The same, and what the ledger has in force. */
export async function accessFindings(estate: Estate, { clock, env }: Io): Promise<readonly Finding[]> {
  if (estate.access === undefined && estate.ledger?.postgres === undefined) {
    return [];
  }
  const [{ examinePolicy }, { openLedger }] = await Promise.all([
    import('#actions/access/examine.ts'),
    import('#actions/context.ts'),
  ]);
  const ledger = openLedger(estate, clock, env);
  try {
    return [...(await ruleFindings(estate)), ...(await examinePolicy(estate, ledger))];
  } finally {
    await ledger.close();
  }
}

import type { Flaw } from './problem.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What has to be true of the place of the ledger (design §5): several people share no file, and no restore may set it back. */
export function ledgerFlaws(estate: Fields): readonly Flaw[] {
  const server = record(estate['ledger'])['postgres'];
  const people = Array.isArray(estate['people']) ? estate['people'].length : 0;
  if (server === undefined) {
    const hint = 'add `ledger: {postgres: {host: …}}`, then till ledger setup';
    return [
      ...(estate['access'] === undefined
        ? []
        : [{ path: ['access'], at: 'key' as const, message: 'needs a ledger that people share', hint }]),
      ...(people < 2
        ? []
        : [{ path: ['people'], at: 'key' as const, message: 'several people need a ledger that they share', hint }]),
    ];
  }
  const own = addressOf(record(server));
  return Object.entries(record(estate['postgres']))
    .filter(([, other]) => record(other)['via'] === undefined && addressOf(record(other)) === own)
    .map(([name]) => ({
      path: ['ledger', 'postgres'],
      at: 'key',
      message: `is the server "${name}", which till restores and switches over: that would set the ledger back`,
      hint: 'keep the ledger on a server of its own',
    }));
}

function addressOf({ host = '127.0.0.1', port = 5432 }: Fields): string {
  const name = String(host).toLowerCase().replace(/\.$/u, '');
  return `${name === 'localhost' || name === '::1' ? '127.0.0.1' : name}:${String(port)}`;
}

/** Where tiers ask for approvals and the ledger is a file: a file of one user has nobody who could give them. */
export function approvalsWithoutLedger({
  tiers,
  ledger,
}: {
  readonly tiers: Readonly<Record<string, { readonly approvals: number }>>;
  readonly ledger?: { readonly postgres?: unknown } | undefined;
}): readonly string[] {
  return ledger?.postgres === undefined
    ? Object.entries(tiers)
        .filter(([, { approvals }]) => approvals > 0)
        .map(([name]) => name)
    : [];
}

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

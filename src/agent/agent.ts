import { hostname } from 'node:os';
import { openParcels } from '#actions/access/credentials/open-parcels.ts';
import { openMintingWorld } from '#actions/access/credentials/open-world.ts';
import { openLedger } from '#actions/context.ts';
import type { Estate } from '#estate/estate.ts';
import type { LeaseBook } from '#systems/kubernetes/lease.ts';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { duties } from './duties/index.ts';
import { answerHealth } from './health.ts';
import { lead, type Tempo, usualTempo } from './lead.ts';
import { type AgentEvent, makeRounds } from './rounds.ts';

export interface RunAgentOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly lease: { readonly cluster: string | undefined; readonly namespace: string; readonly name: string };
  readonly health: { readonly host: string; readonly port: number } | null;
  readonly signal: AbortSignal;
  readonly log: (event: AgentEvent) => void;
  readonly tempo?: Tempo;
  readonly tickMs?: number;
}

/** Without a round in so long, the agent is stuck. */
const silentMs = 120_000;

/**
 * The agent: waits until it leads, then looks after grants until it is told to stop. Once it has lost the Lease it ends for good: what it
 * had begun is another's, and a new process begins with nothing in hand.
 */
export async function runAgent(options: RunAgentOptions): Promise<'stopped' | 'lost'> {
  const { estate, clock, env, log, signal, tempo = usualTempo, tickMs = 1_000 } = options;
  const identity = `${env['POD_NAME'] ?? hostname()}_${process.pid}_${Math.round(clock.now()).toString(36)}`;
  const book = await openBook(options);
  let words = 'waiting for the Lease';
  let lastSign = clock.monotonic();
  const sign = () => {
    lastSign = clock.monotonic();
  };
  const health =
    options.health === null
      ? null
      : await answerHealth(options.health, () => {
          const silence = clock.monotonic() - lastSign;
          return {
            isWell: silence < silentMs,
            words: silence < silentMs ? words : `silent for ${Math.round(silence / 1000)} s`,
          };
        });
  log({
    event: 'started',
    subject: identity,
    ...(health === null ? {} : { message: `health on port ${health.port}` }),
  });
  let seenHolder: string | null = null;
  try {
    const end = await lead(
      {
        ...{ book, identity, clock, tempo, signal },
        onFault: (message) => log({ event: 'lease', message }),
        onSeen: (holder) => {
          sign();
          if (holder !== seenHolder && holder !== identity) {
            log({ event: 'waiting', message: holder === '' ? 'nobody leads' : `${holder} leads` });
          }
          seenHolder = holder;
        },
      },
      async (leading) => {
        words = 'leading';
        log({ event: 'leading', subject: identity });
        const ledger = openLedger(estate, clock, env);
        const parcels = await openParcels(estate, clock, env);
        const world = openMintingWorld({ estate, clock, env, ledger, parcels, signal: leading });
        try {
          await makeRounds({
            duties,
            world: { ...world, estate, env },
            clock,
            signal: leading,
            tickMs,
            log,
            onRound: sign,
          });
        } finally {
          await world.close();
          await parcels.close();
          await ledger.close();
        }
      },
    );
    log({ event: end, subject: identity });
    return end;
  } finally {
    await health?.close();
    await book.close();
  }
}

async function openBook({ estate, clock, lease }: RunAgentOptions): Promise<LeaseBook> {
  const name = lease.cluster ?? Object.keys(estate.clusters)[0];
  const cluster = estate.clusters[name ?? ''];
  if (cluster === undefined) {
    throw new TillError(
      name === undefined
        ? 'the agent leads by a Lease, and the estate names no cluster'
        : `the estate names no cluster "${name}"`,
      {
        exit: exitCodes.usage,
        reason: 'no-lease-cluster',
        next: 'name one under `clusters:`, or with --lease-cluster',
      },
    );
  }
  const { openLeaseBook } = await import('#systems/kubernetes/lease-open.ts');
  const as = {
    context: cluster.minter?.context ?? cluster.context,
    kubeconfig: cluster.minter?.kubeconfig ?? cluster.kubeconfig,
  };
  return openLeaseBook({ ...as, clock, namespace: lease.namespace, name: lease.name });
}

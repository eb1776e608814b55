// Appends as another process would: `append.ts '{"folder": …}'`. Says `seq <n>` for each entry that is on disk.
import { randomBytes } from 'node:crypto';
import { openFileLedger } from '#ledger/file-store.ts';
import { thisProcess } from '#ledger/identity.ts';
import { systemClock } from '#text/clock.ts';
import { TillError } from '#text/till-error.ts';

interface Order {
  readonly folder: string;
  readonly estateId: string;
  readonly count: number;
  readonly action: string;
  /** Ends each operation right after it began. */
  readonly ending?: boolean;
  /** Bytes that each entry carries. */
  readonly ballast?: number;
  /** Gives root's rights away first: read-only means nothing to root. */
  readonly as?: number;
  readonly lockWaitMs?: number;
}

const order: Order = JSON.parse(process.argv[2] ?? '{}');
if (order.as !== undefined && process.getuid?.() === 0) {
  process.setgid?.(order.as);
  process.setuid?.(order.as);
}
const { folder, estateId, count, action, ending = false, ballast = 0, lockWaitMs = 60_000 } = order;
const ledger = openFileLedger({
  ...{ folder, estateId, lockWaitMs },
  ...{ clock: systemClock, identity: thisProcess(), random: randomBytes },
});
try {
  for (let index = 0; index < count; index += 1) {
    const operation = ledger.newId();
    const params = { index, ballast: 'x'.repeat(ballast) };
    const result = await ledger.append({ kind: 'operation', phase: 'intent', operation, action, params });
    if (result.status === 'appended') {
      process.stdout.write(`seq ${result.entry.seq}\n`);
    }
    if (ending) {
      const { entry } = await ledger.append({
        kind: 'operation',
        phase: 'outcome',
        operation,
        outcome: { status: 'ok' },
      });
      process.stdout.write(`seq ${entry.seq}\n`);
    }
  }
} catch (error) {
  const { reason, exit, message } =
    error instanceof TillError ? error : { reason: String(error), exit: 1, message: '' };
  process.stdout.write(`error ${JSON.stringify({ reason, exit, message })}\n`);
}

// One operation from intent to outcome in each folder, on a disk that fails one place later each time. Says what it was told, as JSON lines.
import { fault } from './faults.ts';

const { openFileLedger } = await import('#ledger/file-store.ts');
const { thisProcess } = await import('#ledger/identity.ts');
const { systemClock } = await import('#text/clock.ts');
const { TillError } = await import('#text/till-error.ts');

interface Order {
  /** One for each place that fails, beginning at `first`. */
  readonly folders: readonly string[];
  readonly estateId: string;
  readonly first: number;
  readonly how: string;
}

const { folders, estateId, first, how }: Order = JSON.parse(process.argv[2] ?? '{}');

for (const [index, folder] of folders.entries()) {
  const say = (what: object) => process.stdout.write(`${JSON.stringify({ folder, ...what })}\n`);
  Object.assign(fault, { at: first + index, how, seen: 0, calls: [] });
  const ledger = openFileLedger({ folder, estateId, clock: systemClock, identity: thisProcess(), snapshotEvery: 2 });
  const operation = ledger.newId();
  const deeds = [
    () => ledger.append({ kind: 'operation', phase: 'intent', operation, action: 'scale' }),
    () => ledger.append({ kind: 'operation', phase: 'outcome', operation, outcome: { status: 'ok' } }),
  ] as const;
  for (const deed of deeds) {
    try {
      const result = await deed();
      say({ seq: result.status === 'appended' ? result.entry.seq : null });
    } catch (error) {
      const { reason, exit } = error instanceof TillError ? error : { reason: String(error), exit: 1 };
      say({ reason, exit });
      // What was not begun has no end to tell of: nobody may say one.
      break;
    }
  }
  say({ changes: fault.seen, calls: fault.calls });
  await ledger.close();
}

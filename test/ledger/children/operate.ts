// Another terminal in the middle of an operation: begins one, says its id, and works until it is killed.
import { openFileLedger } from '#ledger/file-store.ts';
import { thisProcess } from '#ledger/identity.ts';
import { systemClock } from '#text/clock.ts';

const [, , folder = '', estateId = ''] = process.argv;
const ledger = openFileLedger({ folder, estateId, clock: systemClock, identity: thisProcess() });
const operation = ledger.newId();
await ledger.append({ kind: 'operation', phase: 'intent', operation, action: 'scale' });
ledger.leases.keep(operation);
console.log(operation);
setInterval(() => undefined, 1_000_000);

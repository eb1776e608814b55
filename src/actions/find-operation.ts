import type { Ledger } from '#ledger/ledger.ts';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

/** The whole id of the operation that begins so. Throws TillError (exit 2) when none does, or more than one. */
export async function operationNamed(beginning: string, ledger: Ledger): Promise<string> {
  const found = new Set<string>();
  for (const operation of (await ledger.state()).operations.keys()) {
    if (operation.startsWith(beginning)) {
      found.add(operation);
    }
  }
  for await (const entry of ledger.newest({ kind: 'operation' })) {
    if (entry.operation?.startsWith(beginning) === true) {
      found.add(entry.operation);
    }
    if (found.has(beginning) || found.size > 1) {
      break;
    }
  }
  const [first] = found;
  if (found.has(beginning) || (first !== undefined && found.size === 1)) {
    return found.has(beginning) ? beginning : (first ?? '');
  }
  throw new TillError(
    first === undefined
      ? `there is no operation "${clean(beginning)}"`
      : `"${clean(beginning)}" is the beginning of more than one operation`,
    { exit: exitCodes.usage, reason: 'unknown-operation', target: beginning, next: 'till operations lists them' },
  );
}

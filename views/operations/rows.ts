import type { OperationRow } from '#actions/desk/port.ts';
import { operationSigns, type Sign } from '#themes/glyphs.ts';
import { legible } from '../components/legible.ts';
import type { ConsoleState } from '../state/state.ts';

/** What runs first, then what ran lately, newest first. */
export function operationRows({ acting: { standing } }: ConsoleState): readonly OperationRow[] {
  return standing === null ? [] : [...standing.running, ...standing.ended];
}

export function signOfOperation({ status }: Pick<OperationRow, 'status'>): Sign {
  return operationSigns[status];
}

/** `scale maple-toys`, `restart 12 tenants`. */
export function operationName({ action, tenants }: Pick<OperationRow, 'action' | 'tenants'>): string {
  const [first] = tenants;
  const whom = tenants.length > 1 ? `${tenants.length} tenants` : (first ?? '');
  return legible(`${action} ${whom}`.trim());
}

/** `[███──] 3/5`; empty where it does not say how far it is. */
export function progressBar({ progress }: Pick<OperationRow, 'progress'>, width: number): string {
  if (progress === null || progress.done === null || progress.of === null || progress.of <= 0) {
    return '';
  }
  const full = Math.round((Math.min(progress.done, progress.of) / progress.of) * width);
  return `${'█'.repeat(full)}${'─'.repeat(width - full)} ${progress.done}/${progress.of}`;
}

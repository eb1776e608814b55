import type { OperationRow } from '#actions/desk/port.ts';
import { howFarWords } from '#actions/how-far-words.ts';
import { span as inWords } from '#text/age.ts';
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

/** `███── 3/5`, `███── 61 %` of bytes; empty where it does not say how far it is. */
export function progressBar({ progress }: Pick<OperationRow, 'progress'>, width: number): string {
  if (progress === null || progress.done === null || progress.of === null || progress.of <= 0) {
    return '';
  }
  const share = Math.min(progress.done, progress.of) / progress.of;
  // Full is what is done: 99.6 % of a backup is none.
  const full = share === 1 ? width : Math.min(width - 1, Math.round(share * width));
  const bar = `${'█'.repeat(Math.max(0, full))}${'─'.repeat(Math.max(0, width - full))}`;
  return `${bar} ${progress.unit === 'bytes' ? `${Math.floor(share * 100)} %` : `${progress.done}/${progress.of}`}`;
}

/** ` 1m02s left`; empty where nobody can tell. */
export function leftWords({ progress }: Pick<OperationRow, 'progress'>): string {
  const left = progress?.unit === 'bytes' ? (progress.pace?.leftSeconds ?? null) : null;
  return left === null ? '' : ` ${inWords(left)} left`;
}

/** `1.2 GiB of 4.0 GiB · 48 MiB/s · 1m02s left`; empty of what is not counted in bytes. */
export function paceWords({ progress }: Pick<OperationRow, 'progress'>): string {
  return progress?.unit === 'bytes' ? howFarWords(progress) : '';
}

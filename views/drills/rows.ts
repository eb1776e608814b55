import type { DrillRow } from '#actions/desk/backups-port.ts';
import { span as inWords } from '#text/age.ts';
import { gradeSigns, operationSigns, proofSigns, type Sign } from '#themes/glyphs.ts';
import type { DrillsScreen } from '../state/backup-screens.ts';
import type { ConsoleState } from '../state/state.ts';

const none: readonly DrillRow[] = [];

/** Newest first; of one tenant where the screen is about one. */
export function drillRows({ backups }: ConsoleState, { tenant }: Pick<DrillsScreen, 'tenant'>): readonly DrillRow[] {
  const all = backups?.drills ?? none;
  return tenant === null ? all : all.filter((row) => row.tenant === tenant);
}

export function drillId({ operation, tenant }: DrillRow): string {
  return `${operation} ${tenant}`;
}

/** Failed, too slow or too old for the tier, or as promised. */
export function signOfDrill({ status, rto, rpo, rtoTarget, rpoTarget }: DrillRow): Sign {
  if (status !== 'ok') {
    return status === 'failed' ? proofSigns.failed : operationSigns[status];
  }
  return isOver(rto, rtoTarget) || isOver(rpo, rpoTarget)
    ? { ...gradeSigns.warn, word: 'missed' }
    : { ...gradeSigns.ok, word: 'met' };
}

export function isOver(value: number | null, target: number | null): boolean {
  return value !== null && target !== null && value > target;
}

/** `fetch 12s · restore 2m10s · verify 20s`. */
export function stepWords({ seconds }: DrillRow): string {
  return Object.entries(seconds)
    .toSorted(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([step, count]) => `${step} ${inWords(count)}`)
    .join(' · ');
}

/** As a restore goes; the ledger keeps them by name. */
const phases = ['fetch', 'restore', 'filestore', 'neutralise', 'verify', 'serve', 'clean-up'];

function placeOf(phase: string): number {
  const place = phases.indexOf(phase);
  return place === -1 ? phases.length : place;
}

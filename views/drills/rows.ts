import type { DrillRow, TierTargets } from '#actions/desk/backups-port.ts';
import { span as inWords } from '#text/age.ts';
import { gradeSigns, proofSigns, type Sign } from '#themes/glyphs.ts';
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

const nothing: TierTargets = { rpo: null, rto: null, drill: null };

/** What the tier of a tenant promises. */
export function targetsFor({ backups, picture }: ConsoleState, tenant: string): TierTargets {
  const tier =
    picture?.tenants.find((one) => one.tenant === tenant)?.tier ??
    backups?.picture?.standings.find((one) => one.tenant === tenant)?.tier ??
    null;
  return (tier === null ? undefined : backups?.tiers[tier]) ?? nothing;
}

/** Failed, too slow or too old for the tier, or as promised. */
export function signOfDrill({ status, rto, rpo }: DrillRow, targets: TierTargets): Sign {
  if (status === 'failed') {
    return proofSigns.failed;
  }
  return isOver(rto, targets.rto) || isOver(rpo, targets.rpo)
    ? { ...gradeSigns.warn, word: 'missed' }
    : { ...gradeSigns.ok, word: 'met' };
}

export function isOver(value: number | null, target: number | null): boolean {
  return value !== null && target !== null && value > target;
}

/** `fetch 12s · restore 2m10s · verify 20s`. */
export function stepWords({ seconds }: DrillRow): string {
  return Object.entries(seconds)
    .map(([step, count]) => `${step} ${inWords(count)}`)
    .join(' · ');
}

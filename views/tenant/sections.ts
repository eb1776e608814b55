import type { ConsoleState, Section, TenantScreen } from '../state/state.ts';
import { cronsSection } from './crons.ts';
import { podsSection } from './pods.ts';
import { queueSection } from './queue.ts';
import type { SectionContext, SectionView } from './section.ts';
import { sessionsSection } from './sessions.ts';
import { signalsSection } from './signals.ts';
import { workloadsSection } from './workloads.ts';

export interface SectionDefinition {
  readonly id: Section;
  readonly title: string;
  view(context: SectionContext): SectionView;
  /** How many rows it has, for its tab; null while that is not known. */
  count(context: SectionContext): number | null;
}

/** The parts of a tenant's screen in the order of their keys 1–6. */
export const tenantSections: readonly SectionDefinition[] = [
  { id: 'signals', title: 'Signals', view: signalsSection, count: ({ status }) => status.signals.length },
  { id: 'workloads', title: 'Workloads', view: workloadsSection, count: counted('workloads') },
  { id: 'pods', title: 'Pods', view: podsSection, count: counted('pods') },
  { id: 'sessions', title: 'Sessions', view: sessionsSection, count: counted('sessions') },
  { id: 'crons', title: 'Crons', view: cronsSection, count: counted('crons') },
  { id: 'queue', title: 'Queue', view: queueSection, count: counted('queue') },
];

function counted(part: Exclude<Section, 'signals'>) {
  return ({ detail }: SectionContext): number | null => {
    const rows = detail?.[part];
    return rows?.state === 'ready' ? rows.rows.length : null;
  };
}

/** What the open tenant's section is made of; null when the tenant is not (or no longer) there. */
export function contextFor(state: ConsoleState, { tenant }: TenantScreen): SectionContext | null {
  const detail = state.detail?.tenant.name === tenant ? state.detail : null;
  const status = state.picture?.tenants.find((one) => one.tenant === tenant) ?? detail?.status;
  return status === undefined ? null : { status, detail, width: state.columns - 1 - sectionGutter, now: state.now };
}

/** The cursor and a space. */
export const sectionGutter = 2;

export function sectionView(state: ConsoleState, screen: TenantScreen): SectionView {
  const context = contextFor(state, screen);
  const section = tenantSections.find(({ id }) => id === screen.section);
  return context === null || section === undefined ? { titles: [], rows: [], words: [] } : section.view(context);
}

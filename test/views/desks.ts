import type { AccessDeed, AccessDone, AccessPort, AccessWish, GrantStory } from '#actions/desk/access-port.ts';
import { formOf } from '#actions/desk/access-wish.ts';
import type { BackupsView } from '#actions/desk/backups-port.ts';
import type { ActionFacts, ActionShape, Desk, OperationRow, Performed, Planned, Standing } from '#actions/desk/port.ts';
import type { Plan } from '#actions/plan.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { ago } from './makers.ts';

const facts = (name: string, change: Partial<ActionFacts> = {}): ActionFacts => ({
  ...{ name, title: name, summary: '', danger: 'moderate', target: 'tenants', key: null, free: 'never' },
  ...change,
});

export const actions: readonly ActionFacts[] = [
  facts('scale', { title: 'Scale', summary: 'change how many pods serve a tenant', key: 's' }),
  facts('terminate-session', { title: 'Terminate session', danger: 'severe', key: 'K' }),
  facts('touch', { title: 'Touch', danger: 'mild', key: 't' }),
  facts('incident', { title: 'Incident', target: 'estate', key: 'i', free: 'always' }),
];

const shapes: Readonly<Record<string, ActionShape>> = {
  scale: {
    words: [],
    flags: [
      { name: 'web', value: 'N', summary: 'web pods: 4, +2, -1' },
      { name: 'cron', value: 'N', summary: 'cron pods' },
      { name: 'tier', value: 'TIER', summary: 'tenants of this tier', completion: 'tier', multiple: true },
    ],
    asks: '--web ',
  },
  'verify-backup': {
    words: [],
    flags: [{ name: 'backup', value: 'ID', summary: 'this one', completion: 'backup' }],
    asks: null,
  },
  incident: {
    words: [{ name: 'WHAT', choices: ['open', 'note', 'close'] }],
    flags: [{ name: 'severity', value: 'SEV', summary: 'how bad', completion: ['SEV1', 'SEV2', 'SEV3'] }],
    asks: '',
  },
};

export function aPlan(change: Partial<Plan> = {}): Plan {
  return {
    action: 'scale',
    params: { groups: { web: '6' } },
    tenants: ['harbour-shoes'],
    confirmWith: 'harbour-shoes',
    digest: '9c41aa',
    danger: 'moderate',
    objects: [
      {
        ...{ system: 'kubernetes', cluster: 'eu-prod', tenant: 'harbour-shoes', kind: 'Deployment' },
        ...{ namespace: 'harbour-shoes', name: 'odoo-web', uid: '6f1c0000-0000-4000-8000-000000000001', version: '41' },
      },
    ],
    changes: [{ object: 'Deployment odoo-web', field: 'spec.replicas', before: 2, after: 6, owner: 'HPA odoo-web' }],
    blockers: [],
    warnings: ['24 more connections to pg-1, which has 31 left'],
    undo: { action: 'scale', params: {}, words: 'scale web back to 2' },
    equivalents: ['kubectl -n harbour-shoes scale deployment odoo-web --replicas 6'],
    serverChecked: null,
    expectedSeconds: 90,
    health: { 'harbour-shoes': 'critical' },
    ...change,
  };
}

export function aPlanned(change: Partial<Planned> = {}): Planned {
  return {
    ...{ title: 'Scale', plans: [aPlan()], needsReason: false, reason: null, ticket: null, incident: null },
    ...{ confirmation: { kind: 'yes' }, wayToGrant: null },
    ...change,
  };
}

export function anOperation(change: Partial<OperationRow> = {}): OperationRow {
  return {
    ...{ operation: '01JDA0000000000000000000A1', action: 'scale', tenants: ['harbour-shoes'], status: 'running' },
    ...{ message: 'waiting for pods', actor: 'kim', startedAt: ago(40), endedAt: null, progress: null, bulk: null },
    ...change,
  };
}

export function aStanding(change: Partial<Standing> = {}): Standing {
  return { running: [], ended: [], incidents: [], freezes: [], failure: null, isAway: false, access: null, ...change };
}

export function anEntry(seq: number, change: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    seq,
    id: `01JDB00000000000000000000${seq}`,
    operation: '01JDA0000000000000000000A1',
    at: ago(60 * seq),
    kind: 'operation',
    phase: 'intent',
    actor: {
      asserted: { by: 'os', user: 'kim', uid: 1000, login: null, host: 'bastion', pid: 7 },
      claimed: { app: 'till/0.1.0', person: null, tty: null, from: null, session: null },
    },
    action: 'scale',
    target: {
      ...{ tenants: ['harbour-shoes'], environment: 'production', tier: 'critical', cluster: 'eu-prod' },
      ...{ namespace: null, system: null, kind: null, name: null, uid: null, version: null },
    },
    params: {},
    spooled: null,
    reason: 'queue at the tills',
    ...{ ticket: null, grant: null, incident: null, bulk: null, idempotencyKey: null, plan: null, outcome: null },
    ...{ redacted: [], prev: 'a'.repeat(64), hash: 'b'.repeat(64) },
    ...change,
  };
}

export function aWish({
  tenants = ['harbour-shoes'],
  actions = ['restart'],
  ...change
}: Partial<AccessWish> = {}): AccessWish {
  return {
    ...{ tenants, actions, seconds: 1_800 },
    reason: change.reason ?? 'stuck workers',
    ticket: change.ticket || null,
    plan: change.plan || null,
    demand: change.demand ?? {
      forbidden: [],
      needs: [{ group: 'sre', count: 1 }],
      seconds: 14_400,
      rules: ['production'],
    },
  };
}

const words = (text: string) => text.split(/[\s,]+/u).filter((word) => word !== '');

export interface FakeDesk extends Desk {
  /** What is planned from now on: answered when the promise is. */
  plans: (line: string) => Promise<Planned>;
  /** What the API server says to a plan; it takes everything unless told otherwise. */
  checks: (planned: Planned) => Promise<Planned>;
  performs: () => Promise<Performed>;
  readonly lines: readonly string[];
  readonly performed: readonly { readonly planned: Planned; readonly reason: string | null }[];
  /** What was recorded as refused. */
  readonly refused: readonly Planned[];
  recording: () => Promise<void>;
  readonly stopped: readonly string[];
  readonly undone: readonly string[];
  /** What was agreed to about grants, with what was said. */
  readonly deeds: readonly { readonly deed: AccessDeed; readonly said: string | null }[];
  /** What the policy says to a filled form. */
  wishes: AccessPort['wish'];
  deeding: () => Promise<AccessDone>;
  stories: () => Promise<GrantStory>;
  stand(standing: Standing): void;
  /** How often the screen asked for the backups to be read. */
  backupReads: number;
  showBackups(view: BackupsView): void;
}

/** A desk that plans what it is told and does nothing. */
export function aDesk(entries: readonly LedgerEntry[] = []): FakeDesk {
  const lines: string[] = [];
  const performed: { planned: Planned; reason: string | null }[] = [];
  const refused: Planned[] = [];
  const stopped: string[] = [];
  const undone: string[] = [];
  const deeds: { deed: AccessDeed; said: string | null }[] = [];
  const listeners = new Set<(standing: Standing) => void>();
  const backupListeners = new Set<(view: BackupsView) => void>();
  const desk: FakeDesk = {
    plans: async () => aPlanned(),
    checks: async (planned) => planned,
    performs: async () => ({ status: 'begun', operation: '01JDA0000000000000000000A1' }),
    lines,
    performed,
    refused,
    recording: async () => undefined,
    stopped,
    undone,
    deeds,
    wishes: async (form) => aWish({ ...form, tenants: words(form.tenants), actions: words(form.actions) }),
    deeding: async () => ({ words: 'done', tone: 'good', grant: null }),
    stories: async () => ({ plan: null, entries: [] }),
    access: {
      form: formOf,
      wish: (form) => desk.wishes(form),
      perform(deed, said) {
        deeds.push({ deed, said });
        return desk.deeding();
      },
      story: () => desk.stories(),
    },
    backups: {
      follow(listener) {
        backupListeners.add(listener);
        return () => void backupListeners.delete(listener);
      },
      read: () => {
        desk.backupReads += 1;
      },
    },
    backupReads: 0,
    showBackups(view) {
      for (const listener of backupListeners) {
        listener(view);
      }
    },
    shapeOf: async (action) => shapes[action] ?? { words: [], flags: [], asks: null },
    plan(line) {
      lines.push(line);
      return desk.plans(line);
    },
    planUndo(operation) {
      undone.push(operation);
      return desk.plans(`undo ${operation}`);
    },
    check: (planned) => desk.checks(planned),
    async recordRefused(planned) {
      refused.push(planned);
      await desk.recording();
    },
    perform(planned, { reason }) {
      performed.push({ planned, reason });
      return desk.performs();
    },
    stop: async (operation) => void stopped.push(operation),
    entries: async ({ operation }) => entries.filter((entry) => operation === null || entry.operation === operation),
    follow(listener) {
      listeners.add(listener);
      listener(aStanding());
      return () => void listeners.delete(listener);
    },
    stand(standing) {
      for (const listener of listeners) {
        listener(standing);
      }
    },
  };
  return desk;
}

export function refusal(message: string, next: string): TillError {
  return new TillError(message, { exit: exitCodes.usage, reason: 'usage', next });
}

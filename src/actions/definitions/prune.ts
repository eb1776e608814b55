import { isUsable } from '#backups/catalogue.ts';
import { clean } from '#text/clean.ts';
import { size } from '#text/size.ts';
import type { Action } from '../action.ts';
import { catalogueOf } from '../keeping/catalogue-of.ts';
import { type HeldBackup, pruningOf } from '../keeping/prune-plan.ts';
import { asWriteFailure, kinds, pruneSteps, stillThere } from '../keeping/prune-steps.ts';
import type { Change, PlanObject } from '../plan.ts';

type Params = Readonly<Record<string, never>>;

/** Beyond it a plan says how many more stay, and `till backups` names them. */
const mostNamed = 40;

export const action: Action<Params> = {
  name: 'prune',
  title: 'Prune backups',
  summary: 'Remove backups that no rule of the tier keeps, and what unfinished ones left',
  examples: [
    { line: 'till prune maple-toys --dry-run', note: 'what would go, what stays, and why' },
    { line: 'till prune --tier basic --reason "monthly" --confirm "14 tenants"', note: 'for a schedule' },
  ],
  danger: 'severe',
  target: 'tenants',
  writesToSystems: true,
  flags: [],
  parse: () => ({}),
  async plan({ tenant, estate, world }) {
    if (tenant === null) {
      throw new TypeError('prune is planned for a tenant');
    }
    const catalogue = await catalogueOf(tenant.name, world);
    const { retention, gone, leftovers, packs } = await pruningOf(tenant, catalogue, {
      tiers: estate.tiers,
      now: world.clock.now(),
    });
    const object = (kind: string, name: string, uid: string | null): PlanObject => ({
      ...({ system: 'storage', cluster: catalogue.name, tenant: tenant.name, kind, namespace: null } as const),
      ...{ name, uid, version: null },
    });
    const going = (what: string, before: string): Change => ({
      ...{ object: what, field: 'kept', before, after: null, owner: null },
    });
    const stays = retention.judged.filter(({ keep }) => keep);
    const isStuck = retention.standstill?.includes('no new ones come') === true;
    return {
      objects: [
        ...gone.map(({ backup, entry }) => object(kinds.backup, backup, entry.sha256)),
        ...leftovers.map(({ kind, key, backup }) =>
          kind === 'no manifest' ? object(kinds.unfinished, backup ?? key, null) : object(kinds.upload, key, null),
        ),
        ...packs.map((key) => object(kinds.pack, key, null)),
      ],
      changes: [
        ...gone.map((held) => going(`${kinds.backup} ${held.backup}`, wordsOf(held))),
        ...leftovers.map(({ kind, key, backup, at, size: bytes }) =>
          going(
            `${kind === 'no manifest' ? kinds.unfinished : kinds.upload} ${backup ?? key}`,
            `${at}, ${size(bytes)}`,
          ),
        ),
        ...packs.map((key) => going(`${kinds.pack} ${key}`, 'needed by no backup that stays')),
      ],
      blockers: isStuck
        ? [
            {
              by: 'retention',
              reason: retention.standstill ?? '',
              until: null,
              wayOut: `till backup ${tenant.name}, and see why none came`,
            },
          ]
        : [],
      warnings: [
        ...(gone.length + leftovers.length + packs.length === 0 ? ['nothing goes'] : []),
        ...(retention.standstill === null ? [] : [`no backup goes: ${retention.standstill}`]),
        ...stays
          .slice(0, mostNamed)
          .map(
            ({ candidate, reasons }) =>
              `stays: ${candidate.backup} of ${candidate.entry.manifest.snapshotAt}: ${reasons.join('; ')}`,
          ),
        ...(stays.length > mostNamed ? [`${stays.length - mostNamed} more stay`] : []),
      ],
      undo: null,
      equivalents: [],
      expectedSeconds: 5 + Math.ceil((gone.length + leftovers.length + packs.length) / 5),
    };
  },
  steps: (plan) =>
    pruneSteps(plan).map((step) => ({
      ...step,
      run: (operation, world) =>
        step.run(operation, world).catch((error: unknown) => {
          throw asWriteFailure(error);
        }),
    })),
  async verify(plan, _params, world) {
    const [first] = plan.objects;
    if (first === undefined) {
      return { status: 'ok', message: 'there was nothing to remove' };
    }
    const left = await stillThere(plan, world);
    const { backups } = await catalogueOf(first.tenant ?? '', world);
    const torn = backups.filter(({ missing }) => missing.length > 0);
    if (torn.length > 0) {
      return {
        status: 'failed',
        message: `${torn.map(({ backup }) => backup).join(', ')} lack parts now`,
        after: 'damaged',
      };
    }
    const whole = backups.filter(isUsable).length;
    return left === 0
      ? {
          status: 'ok',
          message: `${plan.objects.length} removed; ${whole} backups stay, and are whole`,
          after: `${whole} backups`,
        }
      : { status: 'failed', message: `${left} of ${plan.objects.length} are still there`, after: `${whole} backups` };
  },
  async find(plan, _params, world) {
    const left = await stillThere(plan, world);
    if (left === 0) {
      return 'applied';
    }
    return left === plan.objects.length ? 'absent' : 'indeterminate';
  },
};

function wordsOf({ entry }: HeldBackup): string {
  return clean(`${entry.manifest.snapshotAt}, ${size(entry.size)}, ${entry.level}`);
}

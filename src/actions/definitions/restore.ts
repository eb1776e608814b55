import { usageError } from '#grammar/usage-error.ts';
import type { Action } from '../action.ts';
import { type Given, textGiven } from '../given.ts';
import { instantGiven, zoneGiven } from '../instants.ts';
import { drop, dropPlan, findDrop, verifyDrop } from '../recovery/drop.ts';
import { findRestore, restore, verifyRestore } from '../recovery/restore.ts';
import { restorePlan } from '../recovery/restore-plan.ts';
import { findSwap, swap, verifySwap } from '../recovery/swap/swap.ts';
import { swapPlan } from '../recovery/swap/swap-plan.ts';

type Params = {
  readonly from: string | null;
  readonly into: string | null;
  readonly at: string | null;
  readonly of: string | null;
  readonly swap: string | null;
  readonly owner: string | null;
  readonly drop: string | null;
};

/** As long as a large database takes. */
const hours = 12;

export const action: Action<Params> = {
  name: 'restore',
  title: 'Restore',
  summary: 'Restore a backup into a new database, neutralised and checked; swap it in, or drop it, later',
  examples: [
    { line: 'till restore maple-toys --from latest', note: 'a new database beside the live one, which is not touched' },
    { line: 'till restore maple-toys --at 2026-11-21T18:00:00Z --dry-run', note: 'from the newest backup before then' },
    { line: 'till restore maple-toys --swap maple_toys_20261122_0100', note: 'make it live; what is live now is kept' },
    { line: 'till restore maple-toys --drop maple_toys_20261122_0100', note: 'drop one that was restored or kept' },
  ],
  danger: 'moderate',
  target: 'tenants',
  writesToSystems: true,
  // Swapping and dropping are moments; a Job's pod would take longer to begin.
  isLong: ({ swap, drop }) => swap === null && drop === null,
  timeoutSeconds: hours * 3600,
  flags: [
    { name: 'from', value: 'ID', summary: 'this backup, or `latest`', completion: 'backup', environment: false },
    {
      name: 'into',
      value: 'NAME',
      summary: 'the new database’s name; one by its time when left out',
      environment: false,
    },
    { name: 'at', value: 'TIME', summary: 'the newest backup that is not younger', environment: false },
    { name: 'timezone', value: 'ZONE', summary: 'the clock that --at is on', environment: false },
    {
      name: 'of',
      value: 'NAME',
      summary: 'a backup of this tenant, which the estate no longer names',
      environment: false,
    },
    {
      name: 'swap',
      value: 'NAME',
      summary: 'make this restored database the live one',
      completion: 'database',
      environment: false,
    },
    {
      name: 'owner',
      value: 'ROLE',
      summary: 'with --swap where there is no live database: whom Odoo logs in as',
      environment: false,
    },
    {
      name: 'drop',
      value: 'NAME',
      summary: 'drop this restored or kept database',
      completion: 'database',
      environment: false,
    },
  ],
  parse(given) {
    const text = (flag: string) => textGiven(given[flag]);
    const [from, at, chosen, dropped] = [text('from'), text('at'), text('swap'), text('drop')];
    const asked = [from ?? at, chosen, dropped].filter((one) => one !== null);
    if (asked.length !== 1) {
      throw usageError(
        asked.length === 0 ? 'say what to restore' : '--from, --swap and --drop are three actions',
        action,
        'till restore TENANT --from latest, or --swap NAME, or --drop NAME',
      );
    }
    const strays = (['into', 'of'] as const).filter((flag) => text(flag) !== null && (from ?? at) === null);
    if (
      strays.length > 0 ||
      (text('owner') !== null && chosen === null) ||
      (text('timezone') !== null && at === null)
    ) {
      throw usageError('a flag is given that has no meaning here', action, 'till restore --help');
    }
    if (from !== null && from !== 'latest' && at !== null) {
      throw usageError('--from names one backup, and --at looks for another', action, 'give one of the two');
    }
    const zone = text('timezone');
    return {
      from: at === null ? from : null,
      into: databaseGiven(given['into'], 'into'),
      at: at === null ? null : instantGiven(at, 'at', zone === null ? null : zoneGiven(zone), Date.now()),
      of: text('of'),
      swap: databaseGiven(given['swap'], 'swap'),
      owner: text('owner'),
      drop: databaseGiven(given['drop'], 'drop'),
    };
  },
  plan(request) {
    const { params } = request;
    if (params.swap !== null) {
      return swapPlan(request, { swap: params.swap, owner: params.owner });
    }
    return params.drop === null ? restorePlan(request, params) : dropPlan(request, params.drop);
  },
  steps: (plan, params) => [
    {
      name: params.swap !== null ? 'swap' : params.drop !== null ? 'drop' : 'restore',
      words:
        params.swap !== null
          ? `swapping ${params.swap} in`
          : params.drop !== null
            ? `dropping ${params.drop}`
            : `restoring ${plan.objects[0]?.name ?? ''}`,
      run(operation, world) {
        if (params.swap !== null) {
          return swap(plan, { swap: params.swap, owner: params.owner }, operation, world);
        }
        return params.drop === null
          ? restore(plan, params.of ?? plan.objects[0]?.tenant ?? '', operation, world)
          : drop(plan, params.drop, operation, world);
      },
    },
  ],
  verify(plan, params, world) {
    if (params.swap !== null) {
      return verifySwap(plan, params.swap, world);
    }
    return params.drop === null
      ? verifyRestore(plan, params.of ?? plan.objects[0]?.tenant ?? '', world)
      : verifyDrop(plan, params.drop, world);
  },
  async find(plan, params, world, operation) {
    if (params.swap !== null) {
      return await findSwap(plan, params.swap, world);
    }
    return params.drop === null ? await findRestore(plan, world, operation) : await findDrop(plan, params.drop, world);
  },
};

/** As PostgreSQL can have it and a shell need not quote it. Throws TillError (exit 2). */
function databaseGiven(given: Given, flag: string): string | null {
  const name = textGiven(given);
  if (name !== null && !/^[a-z0-9][a-z0-9_.-]{0,62}$/.test(name)) {
    throw usageError(
      `--${flag} takes a database's name of small letters, digits, "_", "." and "-", not "${name}"`,
      action,
    );
  }
  return name;
}

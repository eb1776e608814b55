import { usageError } from '#grammar/usage-error.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action } from '../action.ts';
import { failoverDrill } from '../drills/failover/failover-drill.ts';
import type { DrillOfKind, DrillParams } from '../drills/kind.ts';
import { restoreDrill } from '../drills/restore-drill.ts';
import { textGiven } from '../given.ts';

const command = { name: 'drill' };

/** Each kind is a file of its own in src/actions/drills. */
const kinds: Readonly<Record<string, DrillOfKind>> = { restore: restoreDrill, failover: failoverDrill };

/** Flags that only one kind knows; to take one for another kind would be to promise what is not done. */
const onlyFor: Readonly<Record<string, string>> = {
  from: 'restore',
  'oldest-proof': 'restore',
  to: 'failover',
  return: 'failover',
};

export const action: Action<DrillParams> = {
  name: 'drill',
  title: 'Drill',
  summary: 'Rehearse a recovery in a place of its own, measure it, and clear everything away',
  examples: [
    {
      line: 'till drill maple-toys --kind restore',
      note: 'the newest backup made into a database again, checked, served, and removed',
    },
    {
      line: 'till drill --kind restore --tier critical --oldest-proof 1 --yes --reason "weekly proof"',
      note: 'for a schedule: whoever of them was proven longest ago',
    },
    {
      line: 'till drill maple-toys --kind failover --return --reason "quarterly proof" --confirm pg-eu-1',
      note: 'its server really switched over and back, under a writer that counts what is refused and what is lost',
    },
  ],
  danger: 'moderate',
  target: 'tenants',
  writesToSystems: true,
  timeoutSeconds: 4 * 3600,
  flags: [
    { name: 'kind', value: 'KIND', summary: Object.keys(kinds).join(' or '), completion: Object.keys(kinds) },
    { name: 'from', value: 'ID', summary: 'this backup, not the newest', environment: false },
    {
      name: 'oldest-proof',
      value: 'N',
      summary: 'of the chosen, the N whose last proof is oldest; never proven ones first',
      environment: false,
    },
    { name: 'to', value: 'MEMBER', summary: 'failover: who takes over; the standby that suits best when left out' },
    { name: 'return', summary: 'failover: switch back afterwards, measured as well', environment: false },
  ],
  parse({ kind, ...given }) {
    const asked = textGiven(kind) ?? 'restore';
    if (kinds[asked] === undefined) {
      throw usageError(`till has no drill of kind "${asked}"`, command, `--kind ${Object.keys(kinds).join(' or ')}`);
    }
    const strange = Object.keys(onlyFor).find((flag) => given[flag] !== undefined && onlyFor[flag] !== asked);
    if (strange !== undefined) {
      throw usageError(`--${strange} is of drills of kind ${onlyFor[strange]}`, command, `--kind ${onlyFor[strange]}`);
    }
    const { from, 'oldest-proof': oldest, to, return: returns } = given;
    return {
      ...{ kind: asked, from: textGiven(from), oldestProof: countGiven(textGiven(oldest)) },
      ...(asked === 'failover' ? { to: textGiven(to), return: returns === true } : {}),
    };
  },
  choose: async (params, tenants, world) => (await kindOf(params).choose?.(params, tenants, world)) ?? null,
  choosesAll: ({ oldestProof }) => oldestProof !== null,
  plan: (request) => kindOf(request.params).plan(request),
  steps: (plan, params) => kindOf(params).steps(plan, params),
  verify: (plan, params, world) => kindOf(params).verify(plan, params, world),
  find: (plan, params, world, operation) => kindOf(params).find(plan, params, world, operation),
};

function kindOf({ kind }: DrillParams): DrillOfKind {
  const known = kinds[kind];
  if (known === undefined) {
    throw new TillError(`till has no drill of kind "${kind}"`, { exit: exitCodes.usage, reason: 'usage' });
  }
  return known;
}

function countGiven(text: string | null): number | null {
  if (text !== null && !/^[1-9]\d{0,3}$/u.test(text)) {
    throw usageError(`--oldest-proof takes how many, not "${text}"`, command);
  }
  return text === null ? null : Number(text);
}

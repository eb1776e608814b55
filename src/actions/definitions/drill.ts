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
      line: 'till drill maple-toys --kind failover --return --reason "autumn rehearsal" --confirm pg-eu-1',
      note: 'a standby takes over for real, and back: how long nobody could write, and whether anything was lost',
    },
  ],
  danger: 'moderate',
  target: 'tenants',
  writesToSystems: true,
  // A failover takes a minute, and promotes by what a grant or whoever asks may do: not by what the executor may.
  isLong: ({ kind }) => kind === 'restore',
  timeoutSeconds: 4 * 3600,
  flags: [
    { name: 'kind', value: 'KIND', summary: Object.keys(kinds).join(' or '), completion: Object.keys(kinds) },
    {
      name: 'from',
      value: 'ID',
      summary: 'restore: this backup, not the newest',
      completion: 'backup',
      environment: false,
    },
    {
      name: 'oldest-proof',
      value: 'N',
      summary: 'restore: of the chosen, the N whose last proof is oldest; never proven ones first',
      environment: false,
    },
    { name: 'to', value: 'MEMBER', summary: 'failover: who takes over; the standby that suits best when left out' },
    { name: 'return', summary: 'failover: switch back afterwards', environment: false },
  ],
  parse({ kind, from, 'oldest-proof': oldest, to, return: back }) {
    const asked = textGiven(kind) ?? 'restore';
    if (kinds[asked] === undefined) {
      throw usageError(`till has no drill of kind "${asked}"`, command, `--kind ${Object.keys(kinds).join(' or ')}`);
    }
    const params = {
      ...{ kind: asked, from: textGiven(from), oldestProof: countGiven(textGiven(oldest)) },
      ...{ to: textGiven(to), return: back === true },
    };
    const [wrong] = foreignTo(params);
    if (wrong !== undefined) {
      throw usageError(`--${wrong} means nothing to a drill of kind ${asked}`, command);
    }
    return params;
  },
  choose: async (params, tenants, world) => (await kindOf(params).choose?.(params, tenants, world)) ?? null,
  choosesAll: ({ oldestProof }) => oldestProof !== null,
  plan: (request) => kindOf(request.params).plan(request),
  steps: (plan, params) => kindOf(params).steps(plan, params),
  verify: (plan, params, world) => kindOf(params).verify(plan, params, world),
  find: (plan, params, world, operation) => kindOf(params).find(plan, params, world, operation),
};

/** Flags that were given and are of the other kind: passing them over would rehearse something else than was meant. */
function foreignTo({ kind, from, oldestProof, to, return: back }: DrillParams): readonly string[] {
  return kind === 'restore'
    ? [...(to === null ? [] : ['to']), ...(back ? ['return'] : [])]
    : [...(from === null ? [] : ['from']), ...(oldestProof === null ? [] : ['oldest-proof'])];
}

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

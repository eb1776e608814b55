import type { Action } from '../action.ts';
import { textGiven } from '../given.ts';
import { withManager } from '../switchover/manager.ts';
import { planSwitchover } from '../switchover/plan-switchover.ts';
import { switchOver, turnOf, verifySwitchover } from '../switchover/run-switchover.ts';

interface Params {
  /** null: the standby that suits best. */
  readonly to: string | null;
  readonly [key: string]: string | null;
}

/** The primary of a tenant's server becomes a standby, and a standby the primary; everybody on that server feels it. */
export const action: Action<Params> = {
  name: 'switchover',
  title: 'Switch over',
  summary: "Let a standby of the tenant's PostgreSQL server take over as primary",
  examples: [
    { line: 'till switchover maple-toys --dry-run', note: 'who could take over, who would feel it, and for how long' },
    {
      line: 'till switchover maple-toys --to pg-eu-1b --reason "kernel update of pg-eu-1a" --confirm pg-eu-1',
      note: "confirmed by the server's name: all of its tenants are hit",
    },
  ],
  danger: 'severe',
  target: 'tenants',
  writesToSystems: true,
  flags: [{ name: 'to', value: 'MEMBER', summary: 'who takes over; the standby that suits best when left out' }],
  // A CloudNativePG primary may legally take an hour to shut down (facts: data-tier.md §1.8).
  timeoutSeconds: 4_500,
  parse: ({ to }) => ({ to: textGiven(to) }),
  async plan({ params, ...request }) {
    const { from, to, ...draft } = await planSwitchover({ ...request }, params.to);
    return {
      ...draft,
      undo:
        from === null || to === null
          ? null
          : { action: 'switchover', params: { to: from }, words: `switch back to ${from}` },
    };
  },
  steps: (plan) => {
    const turn = turnOf(plan);
    return [
      {
        name: 'switch-over',
        words: `switching ${turn.server} over from ${turn.from} to ${turn.to}`,
        run: (operation, world) => switchOver(turn, operation, world),
      },
    ];
  },
  verify: (plan, _params, world) => verifySwitchover(turnOf(plan), world),
  find(plan, _params, world, operation) {
    const { server, from, to, timeline } = turnOf(plan);
    return withManager(server, world, (manager) => manager.find({ leader: from, to, timeline }, operation));
  },
};

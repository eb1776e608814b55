import { whoOf } from '#ledger/entry.ts';
import { suggest } from '#text/suggest.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action } from '../action.ts';
import { nameGiven } from '../given.ts';
import { countedNames, coveredBy, freezeNamed, isRecorded } from '../standing.ts';

type Params = { readonly name: string };

export const action: Action<Params> = {
  name: 'thaw',
  title: 'Thaw',
  summary: 'End a freeze before its time',
  examples: [{ line: 'till thaw black-week --reason "trading is over"', note: 'what it refused is possible again' }],
  danger: 'moderate',
  target: 'estate',
  deescalates: true,
  writesToSystems: false,
  words: [{ name: 'NAME', choices: [], summary: 'the freeze, as till freezes lists it' }],
  flags: [],
  parse: (given) => ({ name: nameGiven(given['NAME'], 'freeze', action) }),
  async plan({ params: { name }, tenants, estate, world }) {
    const state = await world.ledger.state();
    const standing = freezeNamed(name, state, world.clock.now());
    const planned = estate.calendar.find((entry) => entry.name === name);
    if (standing === null && planned === undefined) {
      const meant = suggest(
        name,
        [...state.freezes.values()].map((freeze) => freeze.name),
      );
      throw new TillError(`no freeze is called "${name}"`, {
        exit: exitCodes.usage,
        reason: 'unknown-freeze',
        target: name,
        next: meant === undefined ? 'till freezes lists them' : `did you mean "${meant}"?`,
      });
    }
    return {
      objects: [
        {
          ...({ system: 'ledger', cluster: null, tenant: null, kind: 'freeze', namespace: null } as const),
          ...{ name, uid: standing?.freeze ?? null, version: null },
        },
      ],
      changes: [
        {
          object: `freeze ${name}`,
          field: 'until',
          before: standing?.until ?? null,
          after: null,
          owner: standing === null ? 'estate.yaml' : whoOf(standing.actor.asserted),
        },
      ],
      blockers:
        standing === null
          ? [
              {
                by: `calendar entry ${name}`,
                reason: "it stands in the estate's calendar, not in the ledger",
                until: planned?.until ?? null,
                wayOut: 'change the calendar in estate.yaml',
              },
            ]
          : [],
      warnings: standing === null ? [] : [`it covers ${countedNames(coveredBy(standing.scope, tenants))}`],
      undo:
        standing === null
          ? null
          : {
              action: 'freeze',
              params: {
                ...{ name, from: null, until: standing.until, timezone: standing.timezone },
                typed: { from: null, until: standing.until },
                ...{ scope: standing.scope, allows: standing.allows },
                ...{ reason: standing.reason ?? 'frozen again', ticket: standing.ticket },
              },
              words: `freeze ${name} again until ${standing.until}`,
            },
      equivalents: [],
      expectedSeconds: 1,
      confirmWith: name,
    };
  },
  steps: ({ objects }, { name }) => [
    {
      name: 'freeze-end',
      words: `recording the end of ${name}`,
      run: async (operation, { ledger }) => {
        const freeze = objects[0]?.uid ?? '';
        await ledger.append({ kind: 'freeze', phase: 'end', operation: operation.id, params: { freeze } });
        return { freeze };
      },
    },
  ],
  async verify(_plan, { name }, { ledger, clock }) {
    return freezeNamed(name, await ledger.state(), clock.now()) === null
      ? { status: 'ok', message: `${name} is thawed` }
      : { status: 'failed', message: `${name} still stands` };
  },
  find: (_plan, _params, { ledger }, operation) => isRecorded(ledger, operation, 'freeze'),
};

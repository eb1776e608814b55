import { usageError } from '#grammar/usage-error.ts';
import { canonical, type JsonObject } from '#ledger/canonical.ts';
import { instant, systemClock } from '#text/clock.ts';
import type { Action, PlanRequest } from '../action.ts';
import { frozenObjects, scopeFlags, scopeGiven } from '../freeze-scope.ts';
import { listGiven, nameGiven, textGiven } from '../given.ts';
import { instantGiven, isInShiftingHours, zoneGiven } from '../instants.ts';
import { countedNames, coveredBy, freezeNamed, isRecorded } from '../standing.ts';

type Params = {
  readonly name: string;
  /** null: from when it is recorded. */
  readonly from: string | null;
  readonly until: string;
  readonly timezone: string;
  /** As they were typed: `+4h` asks for the same again later, though it ends later. */
  readonly typed: { readonly from: string | null; readonly until: string };
  readonly scope: {
    readonly tenants: readonly string[];
    readonly tiers: readonly string[];
    readonly environments: readonly string[];
    readonly clusters: readonly string[];
    readonly retailers: readonly string[];
  };
  readonly allows: readonly string[];
  readonly reason: string;
  readonly ticket: string | null;
};

export const action: Action<Params> = {
  name: 'freeze',
  title: 'Freeze',
  summary: 'Refuse actions on a scope of tenants for a span of time',
  examples: [
    {
      line: 'till freeze black-week --from 2026-11-27T00:00 --until 2026-11-30T06:00 --timezone Europe/Paris --environment production --reason "peak trading"',
      note: 'edges on the clock of that zone',
    },
    {
      line: 'till freeze migration --until +4h --tenant maple-toys --allow restart --reason "data move"',
      note: 'from now on; a restart stays allowed',
    },
  ],
  danger: 'moderate',
  target: 'estate',
  writesToSystems: false,
  words: [{ name: 'NAME', choices: [], summary: 'what it is called: black-week' }],
  flags: [
    ...scopeFlags,
    { name: 'reason', value: 'TEXT', summary: 'why; always needed', environment: false },
    { name: 'ticket', value: 'ID', summary: 'the ticket that asks for it' },
  ],
  parse(given) {
    const now = systemClock.now();
    const [until, reason, zone] = [textGiven(given['until']), textGiven(given['reason']), textGiven(given['timezone'])];
    if (until === null || reason === null) {
      throw usageError(
        until === null ? 'a freeze needs an end' : 'a freeze needs a reason',
        action,
        until === null ? '--until +4h' : '--reason "why"',
      );
    }
    const timezone = zone === null ? null : zoneGiven(zone);
    const from = textGiven(given['from']);
    const span = {
      from: from === null ? null : instantGiven(from, 'from', timezone, now),
      until: instantGiven(until, 'until', timezone, now),
    };
    if (Date.parse(span.until) <= Math.max(now, span.from === null ? now : Date.parse(span.from))) {
      throw usageError(`it would end at ${span.until}, before it begins`, action, 'give a later --until');
    }
    return {
      name: nameGiven(given['NAME'], 'freeze', action),
      ...span,
      timezone: timezone ?? 'UTC',
      typed: { from, until },
      scope: scopeGiven(given),
      allows: listGiven(given['allow']),
      reason,
      ticket: textGiven(given['ticket']),
    };
  },
  isRetryOf: (params, earlier) => canonical(apartFromSpan(params)) === canonical(apartFromSpan(earlier)),
  async plan(request) {
    const { params, tenants, estate, world } = request;
    const standing = freezeNamed(params.name, await world.ledger.state(), world.clock.now());
    const planned = estate.calendar.some(({ name }) => name === params.name);
    const covered = coveredBy(params.scope, tenants);
    return {
      objects: frozenObjects(params.name, params.scope, tenants),
      changes: [
        {
          object: `freeze ${params.name}`,
          field: 'until',
          before: standing?.until ?? null,
          after: params.until,
          owner: null,
        },
      ],
      blockers:
        standing === null && !planned
          ? []
          : [
              {
                by: `freeze ${params.name}`,
                reason: planned ? "the estate's calendar has one of that name" : 'one of that name stands already',
                until: standing?.until ?? null,
                wayOut: planned ? 'give it another name' : `till thaw ${params.name}, or another name`,
              },
            ],
      warnings: [
        covered.length === 0 ? 'it covers no tenant that is known now' : `it covers ${countedNames(covered)}`,
        ...unknownNames(request),
        ...shiftingEdges(request, new Set([params.timezone, ...covered.map(({ timezone }) => timezone ?? 'UTC')])),
      ],
      undo: { action: 'thaw', params: { name: params.name }, words: `thaw ${params.name}` },
      equivalents: [],
      expectedSeconds: 1,
      confirmWith: params.name,
    };
  },
  steps: (_plan, { name, from, until, timezone, scope, allows, reason, ticket }) => [
    {
      name: 'freeze-begin',
      words: `recording the freeze ${name}`,
      run: async (operation, { ledger, clock }) => {
        await ledger.append({
          kind: 'freeze',
          phase: 'begin',
          operation: operation.id,
          reason,
          ticket,
          params: {
            freeze: operation.id,
            name,
            from: from ?? instant(clock.now()),
            until,
            timezone,
            scope: mutable(scope),
            allows,
          },
        });
        return { freeze: operation.id };
      },
    },
  ],
  async verify(_plan, { name, until }, { ledger, clock }) {
    const standing = freezeNamed(name, await ledger.state(), clock.now());
    return standing === null
      ? { status: 'failed', message: `the ledger has no freeze ${name}` }
      : { status: 'ok', message: `${name} stands until ${standing.until}`, after: until };
  },
  find: (_plan, _params, { ledger }, operation) => isRecorded(ledger, operation, 'freeze'),
};

/** Where the same span was typed, where it came to lie is all that two calls differ in. */
function apartFromSpan({ from: _from, until: _until, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** The ledger's schema speaks of lists that may grow. */
function mutable({ tenants, tiers, environments, clusters, retailers }: Params['scope']) {
  return {
    ...{ tenants: [...tenants], tiers: [...tiers], environments: [...environments] },
    ...{ clusters: [...clusters], retailers: [...retailers] },
  };
}

function unknownNames({ params, tenants }: PlanRequest<Params>): readonly string[] {
  return params.scope.tenants
    .filter((name) => !tenants.some((tenant) => tenant.name === name))
    .map((name) => `no tenant is called ${name} now`);
}

/** Clocks are changed in the night: an edge there may be an hour off from what was meant (design §7). */
function shiftingEdges(
  { params: { from, until } }: PlanRequest<Params>,
  zones: ReadonlySet<string>,
): readonly string[] {
  return [from, until].flatMap((edge) =>
    edge === null
      ? []
      : [...zones]
          .filter((zone) => zone !== 'UTC' && isInShiftingHours(edge, zone))
          .map(
            (zone) =>
              `${edge} is between 01:00 and 03:59 in ${zone}, when clocks are changed: keep edges out of these hours`,
          ),
  );
}

import { usageError } from '#grammar/usage-error.ts';
import type { FollowingDraft } from '#ledger/draft.ts';
import { thisProcess } from '#ledger/identity.ts';
import type { OpenIncident } from '#ledger/state.ts';
import type { Action, PlanRequest } from '../action.ts';
import { type Given, listGiven, nameGiven, textGiven } from '../given.ts';
import type { Change } from '../plan.ts';
import { incidentNamed, isRecorded } from '../standing.ts';

const severities = ['SEV1', 'SEV2', 'SEV3'] as const;
const whats = ['open', 'note', 'join', 'pin', 'close'] as const;

type Params =
  | {
      readonly what: 'open';
      readonly name: string;
      readonly severity: (typeof severities)[number];
      readonly commander: string;
      readonly tenants: readonly string[];
    }
  | { readonly what: 'note'; readonly name: string; readonly text: string }
  | { readonly what: 'join'; readonly name: string; readonly person: string }
  | { readonly what: 'pin'; readonly name: string; readonly tenants: readonly string[] }
  | { readonly what: 'close'; readonly name: string; readonly text: string | null };

export const action: Action<Params> = {
  name: 'incident',
  title: 'Incident',
  summary: 'Open, follow and close an incident: what is done meanwhile is told in one story',
  examples: [
    {
      line: 'till incident open checkout-down --severity SEV1 --tenant maple-toys',
      note: 'from now on what is done to these tenants carries its id',
    },
    { line: 'till incident note checkout-down "rolled back to 17.0.3"', note: 'into its timeline' },
    { line: 'till incident close checkout-down "bad release, rolled back"', note: 'with what it was' },
  ],
  key: 'i',
  danger: 'mild',
  target: 'estate',
  deescalates: true,
  writesToSystems: false,
  words: [
    { name: 'WHAT', choices: whats, summary: 'open, note, join, pin or close' },
    { name: 'NAME', choices: [], summary: 'what it is called, or its id' },
    { name: 'TEXT', choices: [], summary: 'of a note, or what it was', optional: true },
  ],
  flags: [
    {
      name: 'severity',
      value: 'SEV',
      summary: 'SEV1, SEV2 or SEV3; SEV2 when left out',
      completion: severities,
      environment: false,
    },
    { name: 'commander', value: 'NAME', summary: 'who leads; whoever opens it when left out', environment: false },
    { name: 'tenant', value: 'NAME', multiple: true, summary: 'who is hurt', completion: 'tenant', environment: false },
    { name: 'as', value: 'NAME', summary: 'who joins; you when left out', environment: false },
  ],
  parse(given) {
    const name = nameGiven(given['NAME'], 'incident', action);
    const what = whats.find((one) => one === given['WHAT']);
    const text = textGiven(given['TEXT']);
    const tenants = listGiven(given['tenant']);
    switch (what) {
      case 'open':
        return {
          what,
          name,
          severity: severityGiven(given['severity']),
          commander: textGiven(given['commander']) ?? thisProcess().user,
          tenants,
        };
      case 'note':
        if (text === null) {
          throw usageError('a note needs its text', action, `till incident note ${name} "what happened"`);
        }
        return { what, name, text };
      case 'join':
        return { what, name, person: textGiven(given['as']) ?? thisProcess().user };
      case 'pin':
        if (tenants.length === 0) {
          throw usageError('name the tenants to pin', action, `till incident pin ${name} --tenant NAME`);
        }
        return { what, name, tenants };
      case 'close':
        return { what, name, text };
      default:
        throw usageError(`an incident is opened, noted, joined, pinned or closed`, action);
    }
  },
  async plan(request) {
    const { params, tenants, world } = request;
    const state = await world.ledger.state();
    const known = params.what === 'open' ? null : incidentNamed(params.name, state);
    const twin = [...state.incidents.values()].find(({ name }) => params.what === 'open' && name === params.name);
    mustBeKnown('tenants' in params ? params.tenants : [], tenants);
    const name = known?.name ?? params.name;
    return {
      objects: [
        {
          ...({ system: 'ledger', cluster: null, tenant: null, kind: 'incident', namespace: null } as const),
          ...{ name, uid: known?.incident ?? null, version: null },
        },
      ],
      changes: [{ object: `incident ${name}`, owner: known?.commander ?? null, ...changeOf(params, known) }],
      blockers:
        twin === undefined
          ? []
          : [
              {
                by: `incident ${twin.name}`,
                reason: `one of that name is open since ${twin.openedAt}`,
                until: null,
                wayOut: `till incident join ${twin.name}, or another name`,
              },
            ],
      undo:
        params.what === 'open'
          ? { action: 'incident', params: { what: 'close', name, text: null }, words: `close ${name}` }
          : null,
      equivalents: [],
      expectedSeconds: 1,
      confirmWith: name,
    };
  },
  steps: ({ objects }, params) => [
    {
      name: `incident-${params.what}`,
      words: `recording it in the incident ${objects[0]?.name ?? params.name}`,
      run: async (operation, { ledger }) => {
        const incident = objects[0]?.uid ?? operation.id;
        await ledger.append(draftOf(params, incident, operation.id));
        return { incident };
      },
    },
  ],
  async verify({ objects }, params, { ledger }) {
    const name = objects[0]?.name ?? params.name;
    const open = [...(await ledger.state()).incidents.values()].find((incident) => incident.name === name);
    const isSo = params.what === 'close' ? open === undefined : open !== undefined;
    return isSo
      ? {
          status: 'ok',
          message: open === undefined ? `${name} is closed` : `${name}, ${open.severity}, ${open.incident}`,
        }
      : { status: 'failed', message: `the ledger does not have it so` };
  },
  find: (_plan, _params, { ledger }, operation) => isRecorded(ledger, operation, 'incident'),
};

function severityGiven(given: Given): (typeof severities)[number] {
  const text = textGiven(given)?.toUpperCase() ?? 'SEV2';
  const severity = severities.find((one) => one === text);
  if (severity === undefined) {
    throw usageError(`--severity is one of ${severities.join(', ')}`, action);
  }
  return severity;
}

function mustBeKnown(names: readonly string[], tenants: PlanRequest<Params>['tenants']): void {
  const unknown = names.find((name) => !tenants.some((tenant) => tenant.name === name));
  if (unknown !== undefined) {
    throw usageError(`no tenant is called "${unknown}"`, action, 'till status lists them');
  }
}

function changeOf(params: Params, known: OpenIncident | null): Pick<Change, 'field' | 'before' | 'after'> {
  switch (params.what) {
    case 'open':
      return { field: 'state', before: null, after: `open, ${params.severity}, led by ${params.commander}` };
    case 'note':
      return { field: 'note', before: null, after: params.text };
    case 'join':
      return { field: 'joined', before: null, after: params.person };
    case 'pin':
      return { field: 'tenants', before: known?.tenants ?? [], after: [...(known?.tenants ?? []), ...params.tenants] };
    case 'close':
      return { field: 'state', before: `open, ${known?.severity ?? ''}`, after: 'closed' };
  }
}

function draftOf(params: Params, incident: string, operation: string): FollowingDraft {
  const during = { kind: 'incident', incident, operation } as const;
  switch (params.what) {
    case 'open': {
      const { name, severity, commander, tenants } = params;
      return { ...during, phase: 'open', params: { name, severity, commander, tenants } };
    }
    case 'note':
      return { ...during, phase: 'note', params: { note: params.text } };
    case 'join':
      return { ...during, phase: 'join', params: { person: params.person } };
    case 'pin':
      return { ...during, phase: 'pin', params: { tenants: params.tenants } };
    case 'close':
      return { ...during, phase: 'close', params: { summary: params.text } };
  }
}

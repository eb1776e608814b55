import type { PlanRequest } from '../../action.ts';
import type { PlanDraft } from '../../plan.ts';
import { planSwitchover } from '../../switchover/plan-switchover.ts';
import type { DrillParams } from '../kind.ts';

/** What the probe and the looking take beside the switchover itself. */
const besideSeconds = 10;

/** The plan of the switchover that it is, and what is made beside it. */
export async function planFailover({ params, ...request }: PlanRequest<DrillParams>): Promise<PlanDraft> {
  const wanted = typeof params['to'] === 'string' ? params['to'] : null;
  const returns = params['return'] === true;
  const { from, to, ...draft } = await planSwitchover(request, wanted);
  const server = draft.confirmWith;
  const hasLogin = request.estate.postgres[server]?.restore !== undefined;
  return {
    ...draft,
    danger: 'severe',
    objects: [
      ...draft.objects,
      {
        ...({ system: 'postgres', cluster: server, tenant: request.tenant?.name ?? null } as const),
        ...{ kind: 'scratch database', namespace: null, name: 'till_<operation>', uid: null, version: null },
      },
    ],
    blockers: [
      ...draft.blockers,
      ...(hasLogin
        ? []
        : [
            {
              by: `server ${server}`,
              reason: 'the estate names no login that may make the database in which rows are written and counted',
              until: null,
              wayOut: `add \`postgres.${server}.restore\`; \`till estate grants\` prints what it needs`,
            },
          ]),
    ],
    warnings: [
      ...draft.warnings,
      'this is no dry run: the primary really changes, as it would in earnest',
      returns
        ? `afterwards it is switched back to ${from ?? 'where it was'}: nobody writes for some seconds a second time`
        : `afterwards ${to ?? 'the new one'} goes on leading; --return switches back`,
    ],
    undo:
      returns || from === null || to === null
        ? null
        : { action: 'switchover', params: { to: from }, words: `switch back to ${from}` },
    expectedSeconds: (draft.expectedSeconds ?? 0) * (returns ? 2 : 1) + besideSeconds,
  };
}

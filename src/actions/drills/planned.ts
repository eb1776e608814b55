import type { LoginPurpose } from '#systems/postgres/login.ts';
import type { Change, Plan, PlanObject } from '../plan.ts';
import type { RecoveryPlace } from '../recovery/recover.ts';

/** What a restore drill's plan says of its place, and what its steps read out of it again: the same, or the digest differs. */

export const scratchWords = 'database till_<operation>';
export const podWords = 'Pod till-<operation>';

export function plannedObjects(
  backup: { readonly tenant: string; readonly name: string; readonly sha256: string; readonly store: string },
  place: RecoveryPlace | null,
): readonly PlanObject[] {
  return [
    {
      ...({
        system: 'storage',
        cluster: backup.store,
        tenant: backup.tenant,
        kind: 'backup',
        namespace: null,
      } as const),
      ...{ name: backup.name, uid: backup.sha256, version: null },
    },
    ...(place === null
      ? []
      : [
          {
            ...({ system: 'postgres', cluster: place.server, tenant: backup.tenant } as const),
            ...{ kind: 'scratch database', namespace: null, name: 'till_<operation>', uid: null, version: null },
          },
        ]),
  ];
}

export function plannedChanges(
  place: RecoveryPlace | null,
  pod: { readonly host: string; readonly image: string; readonly at: string } | null,
): readonly Change[] {
  const made = (object: string, field: string, after: string | null): Change => ({
    ...{ object, field, before: null, after, owner: null },
  });
  return [
    ...(place === null
      ? []
      : [
          made(scratchWords, 'server', place.server),
          made(scratchWords, 'login', place.purpose),
          made(scratchWords, 'files', place.filestore),
        ]),
    ...(pod === null
      ? []
      : [made(podWords, 'place', pod.at), made(podWords, 'image', pod.image), made(podWords, 'host', pod.host)]),
  ];
}

export interface Planned {
  readonly tenant: string;
  readonly backup: { readonly tenant: string; readonly backup: string; readonly sha256: string };
  readonly store: string;
  readonly place: RecoveryPlace;
  /** The Host that is asked for, and the image that answers; null: it is not served. */
  readonly pod: { readonly host: string; readonly image: string } | null;
}

export function plannedIn({ objects, changes }: Pick<Plan, 'objects' | 'changes'>): Planned {
  const [object] = objects;
  const tenant = object?.tenant ?? '';
  const said = (of: string, field: string): string | null => {
    const value = changes.find((change) => change.object === of && change.field === field)?.after;
    return typeof value === 'string' ? value : null;
  };
  const [host, image] = [said(podWords, 'host'), said(podWords, 'image')];
  return {
    ...{
      tenant,
      store: object?.cluster ?? '',
      backup: { tenant, backup: object?.name ?? '', sha256: object?.uid ?? '' },
    },
    place: {
      server: said(scratchWords, 'server') ?? '',
      purpose: purposeIn(said(scratchWords, 'login')),
      filestore: said(scratchWords, 'files'),
    },
    pod: host === null || image === null ? null : { host, image },
  };
}

function purposeIn(word: string | null): Exclude<LoginPurpose, 'backup'> {
  return word === 'restore' ? 'restore' : 'recovery';
}

import { version } from '#text/version.ts';
import { noHash } from '../chain.ts';
import { type LedgerEntry, whoOf } from '../entry.ts';
import { classes, severityOf, sortOf, typeOf } from './catalogue.ts';
import { placeOf } from './csv.ts';
import type { Circumstances, KnownGrant } from './grants-known.ts';

/** The schema that events are written for. */
export const ocsfVersion = '1.9.0';

type Fields = Readonly<Record<string, unknown>>;

const severities = ['', 'Informational', 'Low', 'Medium', 'High', 'Critical'] as const;

/**
 * An entry as an OCSF event, with the profile `record_integrity`: an attestation for each entry carries its hash and its
 * predecessor's, which is the ledger's chain. The hash is of the ledger's own line and not of this event: `serialization`
 * says so, and the line is in the evidence pack (facts: access-audit.md §2.1).
 */
export function ocsfEvent(entry: LedgerEntry, { estateId, grants }: Circumstances): Fields {
  const { code, class: name, activity } = sortOf(entry);
  const [activityId, activityName] = activity;
  const { uid, category, categoryName, name: className } = classes[name];
  const grant = grants.get(entry.grant ?? '');
  const severity = severityOf(entry, grant?.isBreakGlass === true && entry.kind === 'grant');
  return {
    ...{ activity_id: activityId, activity_name: activityName, category_uid: category, category_name: categoryName },
    ...{ class_uid: uid, class_name: className, type_uid: uid * 100 + activityId },
    type_name: `${className}: ${activityName}`,
    time: Date.parse(entry.at),
    ...{ severity_id: severity, severity: severities[severity] },
    ...statusOf(entry),
    message: messageOf(entry),
    metadata: {
      version: ocsfVersion,
      product: { name: 'till', vendor_name: 'till', version },
      profiles: ['record_integrity'],
      uid: entry.id,
      event_code: code,
      sequence: entry.seq,
      log_name: 'till ledger',
      log_provider: typeOf(entry),
      ...((entry.operation ?? entry.grant) !== null ? { correlation_uid: entry.operation ?? entry.grant } : {}),
    },
    actor: { user: userOf(entry), ...sessionOf(entry), app_name: 'till' },
    src_endpoint: endpointOf(entry),
    ...ofClass[name](entry, grant),
    attestation_list: [attestationOf(entry, `till/${estateId}`)],
    unmapped: { till: restOf(entry) },
  };
}

const ofClass = {
  api: (entry: LedgerEntry): Fields => ({
    api: {
      operation: entry.action ?? entry.phase,
      service: { name: 'till' },
      ...(entry.operation === null ? {} : { request: { uid: entry.operation } }),
    },
    resources: resourcesOf(entry),
  }),
  entity: (entry: LedgerEntry): Fields => ({
    entity: entityOf(entry),
    ...(entry.reason === null ? {} : { comment: entry.reason }),
  }),
  user: (entry: LedgerEntry, grant: KnownGrant | undefined): Fields => ({
    user: { name: grant?.subject ?? personIn(entry) ?? 'unknown', type_id: 1, type: 'User' },
    ...(entry.grant === null ? {} : { privileges: [`grant ${entry.grant}`] }),
    resources: resourcesOf(entry),
  }),
  role: (entry: LedgerEntry): Fields => ({ iam_role: { name: 'access policy', uid: idIn(entry) } }),
} as const;

/** OCSF: 1 success, 2 failure, 0 unknown; an intent is none of them yet. */
function statusOf({ outcome, phase }: LedgerEntry): Fields {
  if (outcome === null) {
    return phase === 'intent' || phase === 'step'
      ? { status_id: 0, status: 'Unknown' }
      : { status_id: 1, status: 'Success' };
  }
  const { status, reason, message } = outcome;
  const [id, name] = endsWell.has(status) ? [1, 'Success'] : ends.has(status) ? [2, 'Failure'] : [0, 'Unknown'];
  return {
    ...{ status_id: id, status: name, status_code: reason ?? status },
    ...(message === null ? {} : { status_detail: message }),
  };
}

const endsWell: ReadonlySet<string> = new Set(['ok', 'applied']);
const ends: ReadonlySet<string> = new Set(['failed', 'refused', 'absent']);

function messageOf(entry: LedgerEntry): string {
  const on = entry.target?.tenants.length ? ` on ${entry.target.tenants.join(', ')}` : '';
  const came = entry.outcome === null ? '' : `: ${entry.outcome.status}`;
  return `${typeOf(entry)}${on}${came}`;
}

function userOf({ actor: { asserted } }: LedgerEntry): Fields {
  return {
    name: whoOf(asserted),
    ...(asserted.by === 'os' ? { uid: String(asserted.uid) } : {}),
    ...{ type_id: 2, type: 'Admin' },
  };
}

function sessionOf({ actor: { claimed } }: LedgerEntry): Fields {
  return claimed.session === null ? {} : { session: { uid: claimed.session } };
}

/** Where the store saw them; what the client says of itself stays under `unmapped`, as its word alone. */
function endpointOf({ actor: { asserted } }: LedgerEntry): Fields {
  if (asserted.by === 'postgresql') {
    return asserted.address === null ? { name: 'local socket' } : { ip: asserted.address };
  }
  return { hostname: placeOf(asserted) };
}

function resourcesOf({ target, grant }: LedgerEntry): readonly Fields[] {
  const tenants = (target?.tenants ?? []).map((name) => ({ name, type: 'tenant' }));
  const object =
    target === null || target.name === null
      ? []
      : [
          {
            name: target.name,
            type: target.kind ?? 'object',
            ...(target.uid === null ? {} : { uid: target.uid }),
            ...(target.namespace === null ? {} : { namespace: target.namespace }),
            ...(target.version === null ? {} : { version: target.version }),
          },
        ];
  const found = [...tenants, ...object];
  return found.length > 0 || grant === null ? found : [{ name: `grant ${grant}`, type: 'grant' }];
}

function entityOf(entry: LedgerEntry): Fields {
  const { kind, params } = entry;
  const name = params['name'] ?? params['what'];
  return { type: kind, uid: idIn(entry), ...(typeof name === 'string' ? { name } : {}) };
}

/** What the entry is about. */
function idIn({ kind, params, grant, incident, id }: LedgerEntry): string {
  const own = params[kind];
  return typeof own === 'string' ? own : (grant ?? incident ?? id);
}

function personIn({ params }: LedgerEntry): string | null {
  const { person } = params;
  return typeof person === 'string' ? person : null;
}

function attestationOf({ seq, hash, prev }: LedgerEntry, chain: string): Fields {
  return {
    uid: `${chain}:${seq}`,
    authority_uid: chain,
    chain_uid: chain,
    fingerprint: fingerprint(hash),
    ...(prev === noHash ? {} : { prev_event: { uid: `${chain}:${seq - 1}`, fingerprint: fingerprint(prev) } }),
  };
}

function fingerprint(value: string): Fields {
  return {
    ...{ algorithm_id: 3, algorithm: 'SHA-256', encoding_id: 1, encoding: 'Hex', value },
    ...{ serialization_id: 99, serialization: 'the line of the ledger' },
  };
}

/** Nothing is lost: what has no field of its own is here, under the ledger's own names. */
function restOf(entry: LedgerEntry): Fields {
  const { at: _, prev: __, hash: ___, id: ____, ...rest } = entry;
  return rest;
}

import { instant } from '#text/clock.ts';
import { issuer, type Mint, type Minted, named } from '../access/service-accounts.ts';
import type { StoredObject } from '../types.ts';
import type { Api } from './api.ts';
import { badRequest, type InvalidField, invalid, notFound, Refusal } from './status.ts';
import type { Target } from './target.ts';
import { existing } from './write.ts';

interface BoundObjectRef {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
}

interface TokenRequest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly audiences?: readonly string[];
    readonly expirationSeconds?: number;
    readonly boundObjectRef?: BoundObjectRef | null;
  };
}

export interface TokenAnswer {
  readonly body: object;
  readonly minted: Minted;
  readonly warning?: string;
}

const shortest = 600;
const longest = 2 ** 32;

/** The request as the server reads it, before any policy does: what was left out is filled in, what is not allowed is refused. */
export function tokenRequest(target: Target, sent: TokenRequest): Required<TokenRequest> {
  const { apiVersion = 'authentication.k8s.io/v1', kind = 'TokenRequest', metadata = {}, spec = {} } = sent;
  if (kind !== 'TokenRequest' || apiVersion !== 'authentication.k8s.io/v1') {
    throw badRequest(
      `${kind} in version "${apiVersion.split('/').at(-1)}" cannot be handled as a TokenRequest: unknown conversion`,
    );
  }
  const { name = '' } = target;
  if (metadata.name !== undefined && metadata.name !== '' && metadata.name !== name) {
    throw refused(name, 'metadata.name', `"${metadata.name}": must match the service account name if specified`);
  }
  const { audiences = [], expirationSeconds = 3600, boundObjectRef = null } = spec;
  if (expirationSeconds < shortest) {
    throw refused(
      '',
      'spec.expirationSeconds',
      `${expirationSeconds}: may not specify a duration less than 10 minutes`,
    );
  }
  if (expirationSeconds > longest) {
    throw refused(
      '',
      'spec.expirationSeconds',
      `${expirationSeconds}: may not specify a duration larger than 2^32 seconds`,
    );
  }
  return {
    apiVersion,
    kind,
    metadata,
    spec: { audiences: audiences.length === 0 ? [issuer] : audiences, expirationSeconds, boundObjectRef },
  };
}

/** A token for the ServiceAccount that a path names. A dry run gives out one that works, too (facts: kubernetes-verified.md §7). */
export function tokenFor(api: Api, target: Target, { metadata, spec }: Required<TokenRequest>): TokenAnswer {
  const { store, accounts, clock, maxTokenSeconds = longest } = api;
  const kind = store.kinds.of('v1', 'ServiceAccount');
  if (kind === undefined) {
    throw new Error('ServiceAccounts are not served');
  }
  const account = existing(store, kind, target);
  const asked = spec.expirationSeconds ?? 3600;
  const expirationSeconds = Math.min(asked, maxTokenSeconds);
  const minted = accounts.mint({
    account,
    audiences: spec.audiences ?? [],
    expirationSeconds,
    ...boundTo(api, target.namespace, spec.boundObjectRef ?? undefined),
  });
  const { name, namespace, uid } = account.metadata;
  return {
    minted,
    ...(asked === expirationSeconds
      ? {}
      : { warning: `requested expiration of ${asked} seconds shortened to ${expirationSeconds} seconds` }),
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { ...metadata, name, namespace, uid, creationTimestamp: instant(clock.now()) },
      spec: { ...spec, expirationSeconds },
      status: { token: minted.token, expirationTimestamp: instant(minted.expires * 1000) },
    },
  };
}

const bindable: Readonly<Record<string, 'secret' | 'pod' | 'node'>> = { Secret: 'secret', Pod: 'pod', Node: 'node' };

function boundTo(
  { store }: Api,
  namespace: string | undefined,
  ref: BoundObjectRef | undefined,
): Pick<Mint, 'bound' | 'node'> {
  if (ref === undefined) {
    return {};
  }
  const { apiVersion = '', kind: kindName = '', name = '', uid = '' } = ref;
  const claim = apiVersion === 'v1' || apiVersion === '' ? bindable[kindName] : undefined;
  const kind = store.kinds.of('v1', kindName);
  if (claim === undefined || kind === undefined) {
    const [version, group = ''] = apiVersion.split('/').reverse();
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kindName}`);
  }
  if (name === '') {
    throw badRequest('Name parameter required.');
  }
  const object = store.get(kind, kind.namespaced ? namespace : undefined, name);
  if (object === undefined) {
    throw notFound(kind, name);
  }
  if (uid !== '' && uid !== object.metadata.uid) {
    throw new Refusal(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${kindName} "${name}": the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      { name, kind: kindName },
    );
  }
  const node = claim === 'pod' ? nodeOf(store, object) : undefined;
  return { bound: { kind: claim, object }, ...(node === undefined ? {} : { node: named(node) }) };
}

function nodeOf(store: Api['store'], pod: StoredObject): StoredObject | undefined {
  const kind = store.kinds.of('v1', 'Node');
  const { nodeName } = pod.spec as { readonly nodeName?: string };
  return kind === undefined || nodeName === undefined ? undefined : store.get(kind, undefined, nodeName);
}

function refused(name: string, field: string, message: string): Refusal {
  const fields: readonly InvalidField[] = [
    { reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` },
  ];
  return invalid('TokenRequest', 'authentication.k8s.io', name, fields);
}

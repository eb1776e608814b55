import type { Kind } from '../kinds/kind.ts';
import { fieldSelector } from '../selectors/fields.ts';
import { labelSelector } from '../selectors/labels.ts';
import type { Entry } from '../store/entry.ts';
import { firstAtOrAfter } from '../store/sorted.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject } from '../types.ts';
import type { ListMeta } from './render.ts';
import { badRequest, expired, type InvalidField, invalid, tooLargeVersion } from './status.ts';

export interface Page {
  readonly entries: readonly Entry[];
  readonly meta: ListMeta;
}

/** Which objects a list or watch is about. Throws the server's 400. */
export function chosenBy(kind: Kind, query: URLSearchParams): ((object: StoredObject) => boolean) | undefined {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  if (labels === '' && fields === '') {
    return undefined;
  }
  const byLabels = labelSelector(labels);
  const byFields = fieldSelector(kind, fields);
  return (object) => byLabels(object.metadata.labels) && byFields(object);
}

/** The first instant at which the store has reached a version; waits as the watch cache does (three seconds). */
export type WaitForVersion = (version: number) => Promise<boolean>;

export async function pageOf(
  store: Store,
  kind: Kind,
  namespace: string | undefined,
  query: URLSearchParams,
  reached: WaitForVersion,
): Promise<Page> {
  checkMatch(query);
  const limit = integer(query.get('limit'));
  const chosen = chosenBy(kind, query);
  const token = query.get('continue');
  if (token !== null && token !== '') {
    return continued(store, kind, namespace, { limit, chosen, token });
  }

  const asked = versionOf(query);
  if (asked !== undefined && asked > store.version && !(await reached(asked))) {
    throw tooLargeVersion(asked, store.version);
  }
  // From the watch cache, which knows no pages (facts: kubernetes-verified.md §6).
  if (asked === 0 && query.get('resourceVersionMatch') === null) {
    return cut(store.entries(kind, namespace), store.version, { limit: 0, chosen });
  }
  if (asked !== undefined && query.get('resourceVersionMatch') === 'Exact') {
    const then = store.entriesAt(kind, namespace, asked);
    if (then === undefined) {
      throw expired(`The resourceVersion for the provided list is too old.`);
    }
    return cut(then, asked, { limit, chosen });
  }
  return cut(store.entries(kind, namespace), store.version, { limit, chosen });
}

interface Cut {
  readonly limit: number;
  readonly chosen: ((object: StoredObject) => boolean) | undefined;
}

function cut(entries: readonly Entry[], version: number, { limit, chosen }: Cut): Page {
  const all = chosen === undefined ? entries : entries.filter(({ object }) => chosen(object));
  const page = limit > 0 ? all.slice(0, limit) : all;
  const last = page.at(-1);
  const remaining = all.length - page.length;
  return {
    entries: page,
    meta: {
      resourceVersion: `${version}`,
      ...(remaining === 0 || last === undefined ? {} : { continue: tokenOf(version, last.key) }),
      // The server cannot count what a selector would still let through.
      ...(remaining === 0 || chosen !== undefined ? {} : { remainingItemCount: remaining }),
    },
  };
}

/** A page of the list as it was when its first page was read, or 410 when that is forgotten. */
function continued(
  store: Store,
  kind: Kind,
  namespace: string | undefined,
  asked: Cut & { readonly token: string },
): Page {
  const { version, after } = tokenContent(asked.token);
  // -1: the client accepted an inconsistent rest.
  const entries = version === -1 ? store.entries(kind, namespace) : store.entriesAt(kind, namespace, version);
  if (entries === undefined) {
    throw expired(tooOldToContinue, { continue: tokenOf(-1, after) });
  }
  const from = firstAtOrAfter(entries, `${after}\0`);
  return cut(entries.slice(from), version === -1 ? store.version : version, asked);
}

const tooOldToContinue =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

function tokenOf(version: number, key: string): string {
  const content = { v: 'meta.k8s.io/v1', rv: version, start: `/${key}\0` };
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

function tokenContent(token: string): { readonly version: number; readonly after: string } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: number; start: string };
    return { version: rv, after: start.replace(/^\//, '').replace(/\0$/, '') };
  } catch {
    throw badRequest('invalid continue token: continue key is not valid');
  }
}

/** The rules on `resourceVersionMatch`, `resourceVersion` and `sendInitialEvents` together. Throws 422. */
export function checkMatch(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch');
  const sendInitialEvents = query.get('sendInitialEvents');
  const problems: InvalidField[] = [];
  const forbid = (message: string): number =>
    problems.push({ reason: 'FieldValueForbidden', field: 'resourceVersionMatch', message: `Forbidden: ${message}` });
  const isWatch = query.has('watch');

  if (sendInitialEvents === 'true' && match !== 'NotOlderThan') {
    forbid('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (match !== null && !isWatch && (query.get('resourceVersion') ?? '') === '') {
    forbid('resourceVersionMatch is forbidden unless resourceVersion is provided');
  }
  if (match !== null && isWatch && sendInitialEvents === null) {
    forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  }
  const supported = isWatch ? ['NotOlderThan'] : ['Exact', 'NotOlderThan'];
  if (match !== null && !supported.includes(match)) {
    problems.push({
      reason: 'FieldValueNotSupported',
      field: 'resourceVersionMatch',
      message: `Unsupported value: "${match}": supported values: ${supported.map((value) => `"${value}"`).join(', ')}`,
    });
  }
  if (problems.length > 0) {
    throw invalid('ListOptions', 'meta.k8s.io', '', problems);
  }
}

/** `resourceVersion`, or undefined where it is not given. Throws 400. */
export function versionOf(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') {
    return undefined;
  }
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
    );
  }
  return Number(text);
}

export function integer(text: string | null): number {
  if (text === null || text === '') {
    return 0;
  }
  if (!/^-?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

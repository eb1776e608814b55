import type { IncomingMessage } from 'node:http';
import { badRequest, forbidden, forbiddenPath, type Refusal } from '../api/status.ts';
import type { Identity } from './identity.ts';
import type { Attributes, Authorizer } from './rbac.ts';

export interface Impersonation {
  readonly who: Identity;
  /** The verb that allowed it, when it was one of the narrow ones (KEP-5284, on by default since 1.36). */
  readonly constraint?: string;
}

type ResourceAttributes = Exclude<Attributes, { readonly path: string }>;

interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/**
 * Who a request wants to be: `Impersonate-User` and its like, each of which the sender must be allowed. First by the narrow verbs
 * (`impersonate:user-info` together with `impersonate-on:user-info:list`), then by the wide old one. Throws 400, 403.
 */
export function impersonated(
  authorizer: Authorizer,
  who: Identity,
  request: IncomingMessage,
  asked: Attributes,
): Impersonation | undefined {
  const wanted = wantedBy(request);
  if (wanted === undefined) {
    return undefined;
  }
  if (wanted.name === '') {
    throw badRequest(`requested ${goUser(wanted)} without impersonating a user name`);
  }
  const mode = wanted.name.startsWith(accountPrefix) ? 'serviceaccount' : 'user-info';
  const narrow =
    refusedOf(authorizer, who, { ...asked, verb: `impersonate-on:${mode}:${asked.verb}` }) ??
    firstRefused(authorizer, who, attributesOf(wanted, `impersonate:${mode}`, 'authentication.k8s.io'));
  if (narrow === undefined) {
    return { who: identityOf(wanted), constraint: `impersonate:${mode}` };
  }
  const wide = attributesOf(wanted, 'impersonate', '');
  const refusal = firstRefused(authorizer, who, wide);
  if (refusal === undefined) {
    return { who: identityOf(wanted) };
  }
  // Whoever may be that person, but not in these groups, is told which.
  const [first] = wide;
  throw first !== undefined && refusedOf(authorizer, who, first) === undefined ? refusal : narrow;
}

const accountPrefix = 'system:serviceaccount:';

function wantedBy({ rawHeaders }: IncomingMessage): Wanted | undefined {
  const groups: string[] = [];
  const extra = new Map<string, readonly string[]>();
  let name = '';
  let uid = '';
  let isWanted = false;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const header = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    if (!header.startsWith('impersonate-')) {
      continue;
    }
    isWanted = true;
    if (header === 'impersonate-user') {
      name = value;
    } else if (header === 'impersonate-uid') {
      uid = value;
    } else if (header === 'impersonate-group') {
      groups.push(value);
    } else if (header.startsWith('impersonate-extra-')) {
      const key = unescaped(header.slice('impersonate-extra-'.length));
      extra.set(key, [...(extra.get(key) ?? []), value]);
    }
  }
  return isWanted ? { name, uid, groups, extra } : undefined;
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function identityOf({ name, uid, groups: given, extra }: Wanted): Identity {
  const [, , namespace = ''] = name.split(':');
  const own =
    given.length === 0 && name.startsWith(accountPrefix)
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
      : given;
  const isJudged = own.some((group) => group === 'system:authenticated' || group === 'system:unauthenticated');
  const added = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  return {
    name,
    ...(uid === '' ? {} : { uid }),
    groups: isJudged ? own : [...own, added],
    ...(extra.size === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}

/** What must be allowed of whom to be somebody; people and groups are of another API group for the narrow verbs. */
function attributesOf(
  { name, uid, groups, extra }: Wanted,
  verb: string,
  group: string,
): readonly ResourceAttributes[] {
  const authentication = 'authentication.k8s.io';
  const [, , namespace, account] = name.startsWith(accountPrefix) ? name.split(':') : [];
  return [
    account === undefined
      ? { verb, group, resource: 'users', name }
      : { verb, group, resource: 'serviceaccounts', namespace, name: account },
    ...(uid === '' ? [] : [{ verb, group: authentication, resource: 'uids', name: uid }]),
    ...groups.map((each) => ({ verb, group, resource: 'groups', name: each })),
    ...[...extra].flatMap(([key, values]) =>
      values.map((value) => ({ verb, group: authentication, resource: 'userextras', subresource: key, name: value })),
    ),
  ];
}

function firstRefused(authorizer: Authorizer, who: Identity, all: readonly Attributes[]): Refusal | undefined {
  for (const each of all) {
    const refusal = refusedOf(authorizer, who, each);
    if (refusal !== undefined) {
      return refusal;
    }
  }
  return undefined;
}

function refusedOf(authorizer: Authorizer, who: Identity, asked: Attributes): Refusal | undefined {
  if (authorizer.allowing(who, asked) !== undefined) {
    return undefined;
  }
  return 'path' in asked ? forbiddenPath(who.name, asked.verb, asked.path) : forbidden({ user: who.name, ...asked });
}

/** The message shows what Go prints of it. */
function goUser({ name, uid, groups, extra }: Wanted): string {
  const list = (texts: readonly string[]): string =>
    texts.length === 0 ? '[]string(nil)' : `[]string{${texts.map((text) => JSON.stringify(text)).join(', ')}}`;
  const pairs = [...extra].map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`);
  const map = `map[string][]string${pairs.length === 0 ? '(nil)' : `{${pairs.join(', ')}}`}`;
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${list(groups)}, Extra:${map}}`;
}

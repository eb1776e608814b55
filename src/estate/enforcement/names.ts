/** Names and marks of what exists for one grant alone; policies, minter and sweep agree on them here. */

export const grantLabel = 'till.dev/grant';
/** Two estates may share a cluster: each sweeps its own. */
export const estateLabel = 'till.dev/estate';
export const frozenLabel = 'till.dev/frozen';
export const requesterAnnotation = 'till.dev/requester';

/** The ServiceAccount of a grant in one namespace. Fixed by the grant, so that minting twice makes one. */
export function accountName(grant: string): string {
  return `till-g-${grant.toLowerCase()}`;
}

export function bindingName(grant: string, action: string): string {
  return `${accountName(grant)}.${action}`;
}

/** The ClusterRole of what an action writes. */
export function roleName(action: string): string {
  return `till-act-${action}`;
}

/** PostgreSQL's login of a grant. */
export function loginName(grant: string): string {
  return `till_g_${grant.toLowerCase()}`;
}

/** Redis knows no comments, so the name says whose it is: the estate's first eight digits stand at its end. */
export function redisName(grant: string, estateId: string): string {
  return `${accountName(grant)}-${estateId.slice(0, 8)}`;
}

/** The grant that a name was made for; null when it is none of ours. */
export function grantIn(name: string): string | null {
  const [, id] = /^till[-_]g[-_]([0-9a-hjkmnp-tv-z]{26})(?:$|[-.])/.exec(name) ?? [];
  return id === undefined ? null : id.toUpperCase();
}

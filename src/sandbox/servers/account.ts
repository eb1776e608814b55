import { readFileSync } from 'node:fs';
import { chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The user that servers run as. PostgreSQL refuses root, so root gives its rights away (facts: data-tier.md §5.2). */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Whom to become: `postgres`, else `nobody`; null when we are no root and stay who we are. */
export function serverAccount(): Account | null {
  if (process.getuid?.() !== 0) {
    return null;
  }
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const chosen = ['postgres', 'nobody'].flatMap((name) => accounts.filter((account) => account.name === name))[0];
  return chosen ?? { name: '65534', uid: 65_534, gid: 65_534 };
}

export async function giveTo(account: Account | null, path: string): Promise<void> {
  if (account !== null) {
    await chown(path, account.uid, account.gid);
  }
}

/** True when every folder on the way to `path` lets the account through; root's home, for one, does not. */
export async function isReachable(account: Account | null, path: string): Promise<boolean> {
  if (account === null) {
    return true;
  }
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null);
    if (found !== null && !mayEnter(account, found)) {
      return false;
    }
    if (folder === dirname(folder)) {
      return true;
    }
  }
}

function mayEnter(account: Account, { mode, uid, gid }: { mode: number; uid: number; gid: number }): boolean {
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & 0o1) === 1;
}

import type { Planned } from '#actions/desk/port.ts';

/** What `n` does about a plan that lacks a grant: the same line that the command would suggest. */
export interface Offer {
  /** As on the command line, without `till access`: `request --for 30m …`, `activate 01J…`. */
  readonly line: string;
  readonly words: string;
  readonly hint: string;
}

/** Null where nothing is missing, or where no line of till's leads to it. A bulk that can go on in part is not held up. */
export function offerOf({ wayToGrant, confirmation }: Planned): Offer | null {
  const [, line = '', word = '', id = ''] = /till access (([\w-]+) ?(\S*).*)$/su.exec(wayToGrant ?? '') ?? [];
  if (confirmation !== null) {
    return null;
  }
  switch (word) {
    case 'request':
      return { line, words: 'asks for access', hint: 'ask for access' };
    case 'break-glass':
      return { line, words: 'breaks the glass', hint: 'break glass' };
    case 'activate':
      return { line: `activate ${id}`, words: 'starts the grant that was approved', hint: 'start the grant' };
    case 'approve':
      return { line: `show ${id}`, words: 'shows the request that waits', hint: 'show the request' };
    default:
      return null;
  }
}

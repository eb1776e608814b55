import type { Note } from './note.ts';

/** The head of a tree as a note tells it (C2SP tlog-checkpoint.md): whose log, how many leaves, which root. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** What a note says of a tree; null when it is not about one. Lines after the third are let be, as the format asks. */
export function checkpointIn({ text }: Pick<Note, 'text'>): Checkpoint | null {
  const {
    origin = '',
    size = '',
    root = '',
  } = /^(?<origin>[^\n]+)\n(?<size>0|[1-9]\d{0,15})\n(?<root>[A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*$/u.exec(text)?.groups ??
  {};
  const checkpoint = { origin, size: Number(size), root: Buffer.from(root, 'base64') };
  return origin === '' || !Number.isSafeInteger(checkpoint.size) || checkpoint.root.toString('base64') !== root
    ? null
    : checkpoint;
}

/**
 * The name of an estate's log. A log must never sign two heads of which one does not begin with the other, so after a
 * restore that lost entries it is another log from there on: its name says since which entry (facts: access-audit.md §3.6).
 */
export function originOf(estateId: string, epoch: number | null): string {
  return epoch === null ? `till/${estateId}` : `till/${estateId}/epoch-${epoch}`;
}

/** Which log of an estate a name means: the entry that began its epoch, 0 for the first; null for another estate's. */
export function epochOf(origin: string, estateId: string): number | null {
  const own = `till/${estateId}`;
  if (origin === own) {
    return 0;
  }
  const { epoch } = /^\/epoch-(?<epoch>[1-9]\d{0,15})$/.exec(origin.slice(own.length))?.groups ?? {};
  return origin.startsWith(own) && epoch !== undefined ? Number(epoch) : null;
}

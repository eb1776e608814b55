import { clean } from '#text/clean.ts';
import type { HeldNote } from '../verifier/evidence.ts';
import type { Anchor, Outgoing, Reading } from './anchor.ts';

export interface Taken {
  readonly anchor: string;
  readonly kind: string;
  readonly status: 'anchored' | 'failed';
  /** Where it is; null when it failed. */
  readonly place: string | null;
  /** Why it failed. */
  readonly message: string | null;
  /** What makes it a weaker witness than it should be. */
  readonly weakness: string | null;
}

/** Hands a checkpoint to every anchor at once. One that fails is named; the others still take it. */
export function anchorCheckpoint(checkpoint: Outgoing, anchors: readonly Anchor[]): Promise<readonly Taken[]> {
  return Promise.all(
    anchors.map(async (anchor): Promise<Taken> => {
      const about = { anchor: anchor.name, kind: anchor.kind };
      const weakness = await anchor.weakness().catch(() => null);
      return anchor.put(checkpoint).then(
        (place) => ({ ...about, weakness, status: 'anchored', place, message: null }),
        (error: unknown) => ({ ...about, weakness, status: 'failed', place: null, message: sentence(error) }),
      );
    }),
  );
}

/** What anchors hold, and which of them could not be asked. */
export interface Held {
  readonly notes: readonly HeldNote[];
  readonly times: Reading['times'];
  readonly unreachable: readonly { readonly anchor: string; readonly message: string }[];
  /** For each: what it is, and how many checkpoints it holds; null where nothing can be read back. */
  readonly anchors: readonly {
    readonly anchor: string;
    readonly kind: string;
    readonly held: number | null;
    readonly weakness: string | null;
  }[];
}

export async function heldBy(anchors: readonly Anchor[], estateId: string): Promise<Held> {
  const asked = await Promise.all(
    anchors.map(async (anchor) => {
      const weakness = await anchor.weakness().catch(() => null);
      const reading = await anchor.read(estateId).catch((error: unknown) => sentence(error));
      return { anchor, weakness, reading };
    }),
  );
  const read = asked.flatMap(({ reading }) => (reading === null || typeof reading === 'string' ? [] : [reading]));
  return {
    notes: read.flatMap(({ notes }) => notes),
    times: read.flatMap(({ times }) => times),
    unreachable: asked.flatMap(({ anchor, reading }) =>
      typeof reading === 'string' ? [{ anchor: anchor.name, message: reading }] : [],
    ),
    anchors: asked.map(({ anchor, weakness, reading }) => ({
      ...{ anchor: anchor.name, kind: anchor.kind, weakness },
      held: reading === null || typeof reading === 'string' ? null : reading.held,
    })),
  };
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) {
    return clean(String(error));
  }
  // A connection that failed on every address of a name has its reasons inside.
  const { errors } = error as AggregateError;
  const [first] = Array.isArray(errors) ? errors : [];
  return clean(first instanceof Error ? first.message : error.message || error.name);
}

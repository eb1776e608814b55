import type { Blocker } from '#policy/refusal.ts';

/** `17.0` from an image such as `registry.example.com/retail/odoo:17.0-2.4.1`; null when its tag does not say. */
export function seriesOfImage(image: string): string | null {
  const tag = /:([^/:@]+)(?:@|$)/.exec(image)?.[1] ?? '';
  const match = /^v?(1[5-9]|2\d)(?:\.(\d))?(?![\d])/.exec(tag);
  return match === null ? null : `${match[1]}.${match[2] ?? '0'}`;
}

/** `17.0` from a module's installed version such as `17.0.1.3`. */
export function seriesOfVersion(version: string | null): string | null {
  const match = /^(\d+)\.(\d+)\./.exec(version ?? '');
  return match === null ? null : `${match[1]}.${match[2]}`;
}

export interface Crossing {
  /** Of the image that runs. */
  readonly from: string | null;
  /** Of the image to go back to. */
  readonly to: string | null;
  /** By database: the series that `base` was installed or upgraded to; null when it could not be read. */
  readonly databases: Readonly<Record<string, string | null>>;
}

/**
 * Whether going back to an older image alone is safe (facts: odoo.md §5): old code on a database that was upgraded meets
 * columns that are gone, and crons silently skip it.
 */
export function crossingBlockers({ from, to, databases }: Crossing): readonly Blocker[] {
  if (to === null) {
    return [];
  }
  const other = Object.entries(databases).find(([, series]) => series !== null && series !== to);
  if (other !== undefined) {
    const [name, series] = other;
    return [blocker(`database ${name}`, `its base module is of ${series ?? '?'}, and the older image is of ${to}`)];
  }
  const isKnown = Object.keys(databases).length > 0 && Object.values(databases).every((series) => series === to);
  return from !== null && from !== to && !isKnown
    ? [
        blocker(
          `Odoo ${from}`,
          `the image that runs is of ${from}, the older one of ${to}, and the database could not be asked`,
        ),
      ]
    : [];
}

export function crossingWarnings({ to, databases }: Crossing): readonly string[] {
  const unread = Object.entries(databases).flatMap(([name, series]) => (series === null ? [name] : []));
  return [
    'the database is not rolled back: if this release upgraded modules, its schema stays as it is',
    ...(to === null ? ['the tag of the older image does not tell its Odoo series'] : []),
    ...(unread.length === 0 ? [] : [`the base version of ${unread.join(', ')} could not be read`]),
  ];
}

function blocker(by: string, reason: string): Blocker {
  return {
    by,
    reason: `an image alone cannot go back: ${reason}`,
    until: null,
    wayOut: 'stop the writers, restore the snapshot from before the release with its image, or roll forward',
  };
}

import type { Estate } from '#estate/estate.ts';

export type ServePlace = NonNullable<NonNullable<NonNullable<Estate['backups']>['recovery']>['serve']>;

/** Where what was restored can be served; only from the estate's place for recoveries, where no pod of anybody lives. */
export function servePlaceOf({ backups }: Pick<Estate, 'backups'>): ServePlace | null {
  return backups?.recovery?.serve ?? null;
}

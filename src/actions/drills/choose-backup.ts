import { type CatalogueEntry, isUsable } from '#backups/catalogue.ts';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

/** The backup that a recovery would begin with now: the newest that is whole; or the one that was asked for. Throws TillError (exit 2). */
export function backupFor(tenant: string, backups: readonly CatalogueEntry[], asked: string | null): CatalogueEntry {
  const entry =
    asked === null || asked === 'latest' ? backups.find(isUsable) : backups.find(({ backup }) => backup === asked);
  if (entry !== undefined) {
    return entry;
  }
  const isBroken = asked === null && backups.length > 0;
  throw new TillError(
    asked === null || asked === 'latest'
      ? `there is no ${isBroken ? 'whole ' : ''}backup of ${tenant}`
      : `${tenant} has no backup "${clean(asked)}"`,
    {
      exit: exitCodes.usage,
      reason: 'unknown-backup',
      target: tenant,
      next: asked === null && !isBroken ? `till backup ${tenant} makes one` : `till backups ${tenant} lists them`,
    },
  );
}

/** Which of its images is Odoo's for users: the one of the web pods, else any. Null where the backup names none. */
export function imageIn(images: Readonly<Record<string, string>>): string | null {
  const names = Object.keys(images).toSorted();
  const web = names.find((name) => /(?:^|[-/.])web(?:$|[-/.])/.test(name)) ?? names[0];
  return web === undefined ? null : (images[web] ?? null);
}

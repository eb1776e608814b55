import type { Estate } from '#estate/estate.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Picture, Watcher } from './watcher.ts';

/** Reasons that say "not there". */
const nobody: ReadonlySet<string> = new Set(['unknown-tenant', 'empty-selection']);

/**
 * One sweep for a command. That a tenant is not there can be said only once everybody who may name it has answered: while
 * one is silent, the honest answer is that it is away.
 */
export async function sweep(watcher: Watcher, estate: Estate): Promise<Picture> {
  try {
    const picture = await watcher.sweep();
    if (picture.tenants.length === 0) {
      throw new TillError('the estate has no tenants', {
        exit: exitCodes.usage,
        reason: 'empty-selection',
        next: 'till doctor says what was looked at',
      });
    }
    return picture;
  } catch (error) {
    const why = silent(watcher.picture(), estate);
    if (error instanceof TillError && nobody.has(error.reason) && why.length > 0) {
      throw notAllKnown(`${error.message}, but not every tenant is known`, why, error.target);
    }
    throw error;
  }
}

/** Throws when somebody who may name more tenants is silent: a check of those that are known would pass for all. */
export function requireAllKnown(picture: Picture, estate: Estate): void {
  const why = silent(picture, estate);
  if (why.length > 0) {
    throw notAllKnown('not every tenant is known', why, null);
  }
}

/** What is wrong with the systems that name tenants; empty when all of them have answered. */
function silent({ sources }: Picture, { discover }: Estate): readonly string[] {
  const naming = new Set(
    discover.map((by) => ('cluster' in by ? `kubernetes/${by.cluster}` : `postgres/${by.postgres}`)),
  );
  // Of a cluster's kinds, the workloads name tenants.
  const isNaming = (source: string) =>
    naming.has(source) ||
    (naming.has(source.replace(/\/(deployments|statefulsets)$/, '')) && source.split('/').length === 3);
  const away = sources.filter(({ source, phase }) => phase !== 'live' && isNaming(source));
  return [...new Set(away.map(({ source, message }) => message ?? `${source} has not answered`))];
}

function notAllKnown(message: string, why: readonly string[], target: string | null): TillError {
  return new TillError(`${message}: ${why.join('; ')}`, {
    exit: exitCodes.unreachable,
    reason: 'unreachable',
    ...(target === null ? {} : { target }),
    next: 'till doctor says what is reached and what is not',
    retryable: true,
  });
}

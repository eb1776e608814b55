import type { Estate } from '#estate/estate.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Picture, Watcher } from './watcher.ts';

/** Reasons that say "not there". */
const nobody: ReadonlySet<string> = new Set(['unknown-tenant', 'empty-selection']);

/**
 * One sweep for a command. That a tenant is not there can be said only once everybody who may name it has answered: while
 * one is silent, the honest answer is that it is away.
 */
export async function sweep(watcher: Watcher, { discover }: Estate): Promise<Picture> {
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
    const naming = new Set(
      discover.map((by) => ('cluster' in by ? `kubernetes/${by.cluster}` : `postgres/${by.postgres}`)),
    );
    const away = watcher
      .picture()
      .sources.filter(({ source, phase }) => phase !== 'live' && naming.has(source.split('/').slice(0, 2).join('/')));
    if (error instanceof TillError && nobody.has(error.reason) && away.length > 0) {
      const why = new Set(away.map(({ source, message }) => message ?? `${source} has not answered`));
      throw new TillError(`${error.message}, but not every tenant is known: ${[...why].join('; ')}`, {
        exit: exitCodes.unreachable,
        reason: 'unreachable',
        ...(error.target === null ? {} : { target: error.target }),
        next: 'till doctor says what is reached and what is not',
        retryable: true,
      });
    }
    throw error;
  }
}

import { describe, expect, it } from 'vitest';
import type { Looked } from '#actions/examine-backups/looked.ts';
import { examinePrograms } from '#actions/examine-backups/programs.ts';
import { ReadFailure } from '#systems/source.ts';

/** Servers of these versions; null is one that does not answer. A tenant on each, and recovery on `recovery`. */
function worldOf(versions: Readonly<Record<string, number | null>>): Looked {
  const world = {
    env: process.env,
    estate: { postgres: versions },
    tenants: Object.keys(versions).map((name) => ({ name, postgres: name })),
    backups: { programs: [], recovery: { postgres: 'recovery' } },
    postgres: async (name: string) => ({
      identity: async () => {
        const major = versions[name];
        if (major == null) {
          throw new ReadFailure('unreachable', `${name} is away`);
        }
        return { version: major * 10_000 + 4 };
      },
    }),
  };
  return world as unknown as Looked;
}

describe('PostgreSQL’s client programs', () => {
  it('are asked for by each server’s version, with what to install for the one that has none', async () => {
    const found = await examinePrograms(worldOf({ recovery: 99, 'pg-1': 99 }));
    expect(found.filter(({ check }) => check === 'pg_dump')).toMatchObject(
      ['pg-1', 'recovery'].map((name) => ({
        ...{
          subject: `postgres/${name}`,
          result: 'missing',
          next: 'install them: apt-get install postgresql-client-99',
        },
      })),
    );
  });

  it('of a server that is away are not guessed at: it is named where servers are looked at', async () => {
    const found = await examinePrograms(worldOf({ recovery: null, 'pg-1': null }));
    expect(found.filter(({ subject }) => subject !== 'backups')).toEqual([]);
  });

  it('cannot help a recovery server that is older than those whose dumps it should take', async () => {
    const found = await examinePrograms(worldOf({ recovery: 13, 'pg-1': 13, 'pg-2': 14 }));
    expect(found.filter(({ check }) => check === 'recovery')).toMatchObject([
      { subject: 'postgres/recovery', message: 'is PostgreSQL 13, and pg-2 is 14: it cannot take its dumps' },
    ]);
  });
});

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Estate, Tenant } from '#estate/estate.ts';
import { type Foreign, number, object, objects, text } from '#systems/kubernetes/foreign.ts';
import { codeOf } from '#systems/network.ts';
import { ReadFailure } from '#systems/source.ts';
import { instantOf, type OtherBackup, type Others, tenantsOn, type Window } from './other.ts';

type Config = Extract<NonNullable<Estate['otherBackups']>[number], { pgbackrest: unknown }>['pgbackrest'];

const source = 'pgbackrest';
const statusWords: Readonly<Record<number, string>> = {
  1: 'the stanza is not there',
  2: 'it has no valid backup',
  3: 'its stanza has no data',
  4: 'its repositories differ in state',
  5: 'its repositories are of different databases',
};

/** What `pgbackrest info --output=json` says of a server. A status of 0 says nothing of age: that is ours to judge (facts §2.5). */
export async function pgBackRest(config: Config, tenants: readonly Tenant[]): Promise<Others> {
  const stanzas = parsedInfo(await printed(config.info));
  const wanted = stanzas.filter(({ name }) => config.stanza === undefined || name === config.stanza);
  if (config.stanza !== undefined && wanted.length === 0) {
    throw new ReadFailure('not-probed', `pgbackrest names no stanza ${config.stanza}`);
  }
  const covered = tenantsOn(config.postgres, tenants);
  return {
    backups: wanted.flatMap((stanza) => backupsOf(stanza, covered)),
    windows: wanted.map((stanza) => windowOf(stanza, covered)),
    failures: [],
  };
}

/** `system-id` is a bare 64-bit number, which JSON.parse would make another one of. */
export function parsedInfo(json: string): readonly Foreign[] {
  try {
    const parsed: unknown = JSON.parse(json.replaceAll(/("system-id"\s*:\s*)(\d+)/g, '$1"$2"'));
    if (Array.isArray(parsed)) {
      return objects(parsed);
    }
  } catch {
    // Said below.
  }
  throw new ReadFailure('not-probed', 'what should be `pgbackrest info --output=json` is not its JSON');
}

function backupsOf(stanza: Foreign, tenants: readonly string[]): readonly OtherBackup[] {
  return objects(stanza['backup']).map((backup) => {
    const repository = object(object(backup['info'])['repository']);
    const isBroken = backup['error'] === true;
    return {
      ...{ source, name: text(backup['label']), place: text(stanza['name']), tenants },
      at: instantOf(number(object(backup['timestamp'])['stop'], Number.NaN) * 1000),
      size: typeof repository['size'] === 'number' ? repository['size'] : null,
      status: isBroken ? ('failed' as const) : ('ok' as const),
      message: isBroken ? 'pages with wrong checksums were found while it was made' : text(backup['type']) || null,
    };
  });
}

function windowOf(stanza: Foreign, tenants: readonly string[]): Window {
  const status = object(stanza['status']);
  const code = number(status['code']);
  const whole = objects(stanza['backup']).filter(({ error }) => error !== true);
  const stops = whole.map((backup) => number(object(backup['timestamp'])['stop'], Number.NaN) * 1000);
  const newest = objects(stanza['archive']).at(-1);
  const archived = newest === undefined ? null : text(newest['max']);
  return {
    ...{ source, place: text(stanza['name']), tenants, nextAt: null },
    from: instantOf(stops.length === 0 ? null : Math.min(...stops)),
    until: instantOf(stops.length === 0 ? null : Math.max(...stops)),
    message:
      code === 0
        ? archived === null || archived === ''
          ? 'it has no archived WAL: only the backups themselves can be restored'
          : null
        : (statusWords[code] ?? (text(status['message']) || `status ${code}`)),
  };
}

async function printed(info: Config['info']): Promise<string> {
  if ('file' in info) {
    return readFile(info.file, 'utf8').catch((error: unknown) => {
      throw new ReadFailure('not-probed', `${info.file} could not be read`, codeOf(error));
    });
  }
  const [program = '', ...args] = info.command;
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 30_000, maxBuffer: 64 * 1024 ** 2 });
    return stdout;
  } catch (error) {
    throw new ReadFailure('unreachable', `${program} did not print what pgbackrest knows`, codeOf(error));
  }
}

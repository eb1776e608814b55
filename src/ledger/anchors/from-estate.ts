import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Estate } from '#estate/estate.ts';
import type { SecretReference } from '#estate/schema.ts';
import type { Anchor } from './anchor.ts';

type AnchorEntry = NonNullable<Estate['ledger']>['anchors'][string];

export interface AnchorsOf {
  readonly estate: Estate;
  /** Where an anchor may keep what it has seen. */
  readonly folder: string;
  /** The ledger's own folder, where it is one. */
  readonly ledgerFolder: string | null;
  readonly now: () => number;
  readonly secret: (reference: SecretReference) => Promise<string>;
}

/** The anchors that the estate names; with `only`, that one. Each loads what it needs, so that none costs another. */
export async function anchorsOf(options: AnchorsOf, only?: string): Promise<readonly Anchor[]> {
  const named = Object.entries(options.estate.ledger?.anchors ?? {});
  const wanted = named.filter(([name]) => only === undefined || name === only);
  return Promise.all(wanted.map(([name, entry]) => anchorOf(name, entry, options)));
}

async function anchorOf(name: string, entry: AnchorEntry, options: AnchorsOf): Promise<Anchor> {
  const { folder, ledgerFolder, now, secret } = options;
  if ('s3' in entry) {
    const { ObjectStoreAnchor } = await import('./object-store.ts');
    const { s3 } = entry;
    return lazily(name, 's3', async () => {
      const [accessKey, secretKey] = await Promise.all([secret(s3.accessKey), secret(s3.secretKey)]);
      return new ObjectStoreAnchor(name, { ...s3, accessKey, secretKey, ca: await pem(s3.ca) }, now);
    });
  }
  if ('git' in entry) {
    const { GitAnchor } = await import('./git.ts');
    return new GitAnchor(name, { ...entry.git, cache: join(folder, `${name}.git`) });
  }
  if ('syslog' in entry) {
    const { SyslogAnchor } = await import('./syslog.ts');
    const { address, protocol, ca } = entry.syslog;
    const at = address.lastIndexOf(':');
    const server = {
      host: address.slice(0, at).replaceAll(/[[\]]/g, ''),
      port: Number(address.slice(at + 1)),
      protocol,
    };
    return lazily(name, 'syslog', async () => new SyslogAnchor(name, { ...server, ca: await pem(ca) }));
  }
  const { MountAnchor } = await import('./mount.ts');
  return new MountAnchor(name, entry.mount.path, ledgerFolder);
}

/** One whose secret cannot be had fails when it is asked, by name, like one that is away. */
function lazily(name: string, kind: string, make: () => Promise<Anchor>): Anchor {
  let made: Promise<Anchor> | null = null;
  const anchor = () => {
    made ??= make();
    return made;
  };
  return {
    ...{ name, kind },
    put: async (checkpoint) => (await anchor()).put(checkpoint),
    read: async (estateId) => (await anchor()).read(estateId),
    weakness: async () => (await anchor()).weakness(),
  };
}

async function pem(path: string | undefined): Promise<string | null> {
  return path === undefined ? null : readFile(path, 'utf8');
}

import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examineBackups } from '#actions/examine-backups/examine.ts';
import { markText } from '#backups/database-mark.ts';
import { findTenants } from '#discovery/tenants.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import { loadEstate } from '#estate/load.ts';
import { databasesQuery } from '#health/queries/databases.ts';
import { newAgeKeys } from '#sandbox/backups/keys.ts';
import { type Sandbox, startSandbox } from '#sandbox/sandbox.ts';
import { withDatabase } from '#sandbox/sql.ts';
import { systemClock } from '#text/clock.ts';
import { idAt } from '../../backups/world.ts';
import { till } from '../../commands/till.ts';
import { tables } from '../../sandbox/tables.ts';

let folder: string;
let sandbox: Sandbox;
let estate: Estate;
let tenants: readonly Tenant[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'till-test-'));
  sandbox = await startSandbox({ folder, tenants: 4, seed: 4, tables });
  estate = await loadEstate(sandbox.estatePath);
  // Discovered ones have what the listed one has, under their own names.
  const [listed] = findTenants(estate, { workloads: new Map(), namespaceLabels: new Map(), databases: new Map() });
  tenants =
    listed === undefined
      ? []
      : sandbox.tenants.map(({ name, database }) => ({
          ...{ ...listed, name, database },
          filestore: { path: join(folder, 'filestore', database) },
        }));
});
afterAll(async () => {
  await sandbox?.close();
  await rm(folder, { recursive: true, force: true });
});

type Backups = NonNullable<Estate['backups']>;
type Server = Estate['postgres'][string];

const without = <Fields extends object>(fields: Fields, name: keyof Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name)) as Fields;

function changed(backups: (now: Backups) => Backups, server: (now: Server) => Server = (now) => now): Estate {
  const { backups: now, postgres } = estate;
  const pg = postgres['pg-1'];
  if (now === undefined || pg === undefined) {
    throw new Error('the sandbox says nothing of backups');
  }
  return { ...estate, backups: backups(now), postgres: { 'pg-1': server(pg) } };
}

/** `check result message`, a line each. */
async function lines(of: Estate = estate, { env = process.env, who = tenants } = {}): Promise<readonly string[]> {
  const home = { ...env, XDG_STATE_HOME: join(folder, 'state') };
  const findings = await examineBackups({ estate: of, clock: systemClock, env: home, tenants }, who);
  return findings.map(
    ({ check, result, message, next }) => `${check} ${result} ${message}${next === null ? '' : ` → ${next}`}`,
  );
}

const flaws = async (...of: Parameters<typeof lines>) =>
  (await lines(...of)).filter((line) => !/^[a-z_ ]+ ok /.test(line));
const admin = (...statements: readonly string[]) =>
  withDatabase(sandbox.superuser, 'postgres', async (sql) => {
    for (const statement of statements) {
      await sql(statement);
    }
  });
async function during(change: string, back: string, look: () => Promise<void>): Promise<void> {
  await admin(change);
  try {
    await look();
  } finally {
    await admin(back);
  }
}

describe('what backups need, in an estate that has all of it', () => {
  it('is found, each with what was seen', async () => {
    expect(await lines()).toEqual([
      expect.stringMatching(/^age ok \d/),
      expect.stringMatching(/^zstd ok \d/),
      expect.stringMatching(/^tar ok \d/),
      expect.stringMatching(/^pg_dump ok \d+\.\d+ for PostgreSQL \d+, \//),
      'reached ok answers; it holds no backup yet',
      expect.stringMatching(/^write ok may be written, .* free$/),
      'identity ok opens what is sealed',
      expect.stringMatching(/^signature ok manifests are signed with /),
      'backup login ok till_backup reads everything',
      'restore login ok till_restore makes databases that Odoo cannot reach',
      'recovery login ok till_restore may make databases',
      expect.stringMatching(/^recovery folder ok .*\/recovery, .* free$/),
      'filestores ok 4 can be read, or lie where only a backup looks',
      'left over ok nothing',
    ]);
  });

  it('is not asked for where the estate names no store', async () => {
    expect(await lines(without(estate, 'backups'))).toEqual([]);
  });
});

describe('programs', () => {
  it('that are not here are named, with what to install', async () => {
    const bare = changed((now) => ({ ...now, programs: [] }));
    const found = await flaws(bare, { env: { ...process.env, PATH: folder } });
    expect(found).toEqual(
      expect.arrayContaining(
        ['age', 'zstd', 'tar'].map(
          (name) => `${name} missing the program ${name} is not here → install it: apt-get install ${name}`,
        ),
      ),
    );
  });
});

describe('the store', () => {
  it('that is not there is away, and hides nothing else', async () => {
    const found = await flaws({ ...estate, stores: { vault: { folder: { path: join(folder, 'unmounted') } } } });
    expect(found).toEqual([expect.stringMatching(/^reached away .*unmounted could not be opened: it is not there$/)]);
  });
});

describe('keys', () => {
  const secret = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    return { file };
  };

  it('that do not fit each other are told apart, with what would make them fit', async () => {
    const other = newAgeKeys();
    const identity = await secret('other.identity', other.identity);
    expect(await flaws(changed((now) => ({ ...now, identity })))).toEqual([
      `identity missing opens nothing that is sealed from now on: none of \`backups.recipients\` is its own → add ${other.recipient} to backups.recipients, or name the identity of one that is there`,
    ]);
    const both = changed((now) => ({ ...now, recipients: [...now.recipients, other.recipient] }));
    expect(await flaws(both)).toEqual([]);
    expect(await lines(both)).toContain('identity ok opens what is sealed, as 1 more can elsewhere');
  });

  it('that are none are said to be, without a word of what they hold', async () => {
    const identity = await secret('no.identity', 'hunter2');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signing = await secret('rsa.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const found = await flaws(changed((now) => ({ ...now, identity, signing })));
    expect(found).toEqual([
      'identity missing `backups.identity` holds no age identity: it has no line AGE-SECRET-KEY-1…',
      'signature missing `backups.signing` is no Ed25519 private key in PEM',
    ]);
    const [recipient = ''] = estate.backups?.recipients ?? [];
    const typo = `${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`;
    expect(await flaws(changed((now) => ({ ...now, recipients: [recipient, typo] })))).toEqual([
      `recipients missing ${typo} is no age recipient: a letter of it is wrong → age-keygen -y prints it`,
    ]);
  });

  it('that live elsewhere leave less to do here', async () => {
    expect(await flaws(changed((now) => without(without(now, 'identity'), 'signing')))).toEqual([
      'identity weak none here: backups can be made, and none can be read back or restored from here',
      expect.stringMatching(
        /^signature weak manifests are not signed: whoever may write to the store can make a backup up/,
      ),
    ]);
  });
});

describe('logins', () => {
  it('that the estate does not name are asked for, with the line that makes them', async () => {
    const found = await flaws(
      changed(
        (now) => without(now, 'recovery'),
        (now) => without(without(now, 'backup'), 'restore'),
      ),
    );
    expect(found).toEqual([
      expect.stringMatching(
        /^backup login missing the estate names none: nothing here can be backed up → till estate grants --backup /,
      ),
      expect.stringMatching(
        /^restore login missing the estate names none, and no place for recovery: nothing can be restored → till estate grants --restore /,
      ),
      expect.stringMatching(/^recovery weak the estate names no place for it/),
    ]);
  });

  it('whose password is another one now are said to be refused', async () => {
    await during(
      `ALTER ROLE till_backup PASSWORD 'another'`,
      `ALTER ROLE till_backup PASSWORD '${await passwordOf('backup')}'`,
      async () => {
        expect(await flaws()).toEqual([
          expect.stringMatching(/^backup login missing .*password authentication failed/),
        ]);
      },
    );
  });

  it('for backups that may not read or enter something are told what they lack', async () => {
    await during(
      'REVOKE CONNECT ON DATABASE kaffe_te FROM PUBLIC',
      'GRANT CONNECT ON DATABASE kaffe_te TO PUBLIC',
      async () => {
        expect(await flaws()).toEqual([
          expect.stringMatching(/^backup login missing till_backup may not connect to kaffe_te →/),
        ]);
      },
    );
    await during('REVOKE pg_read_all_data FROM till_backup', 'GRANT pg_read_all_data TO till_backup', async () => {
      expect(await flaws()).toEqual([
        expect.stringMatching(/^backup login missing till_backup is no member of pg_read_all_data/),
      ]);
    });
  });

  it('for restores that are too near to Odoo, or too far from it, are told so', async () => {
    const [row] = await withDatabase(sandbox.superuser, 'postgres', (sql) => sql('SHOW server_version_num'));
    // Before 16 a role between the two says that nothing is inherited; later each membership says it.
    const isOld = Number(row?.['server_version_num']) < 160_000;
    const member = isOld ? 'till_restore_becomes' : 'till_restore';
    const usual = `GRANT odoo TO ${member}${isOld ? '' : ' WITH INHERIT FALSE, SET TRUE'}`;
    await during(`REVOKE odoo FROM ${member}`, usual, async () => {
      expect(await flaws()).toEqual([expect.stringMatching(/^restore login weak till_restore may not become odoo/)]);
      await during('GRANT till_restore TO odoo', 'REVOKE till_restore FROM odoo', async () => {
        expect(await flaws()).toEqual([
          expect.stringMatching(/^restore login missing odoo is a member of till_restore/),
        ]);
      });
    });
    const near = `GRANT odoo TO till_restore${isOld ? '' : ' WITH INHERIT TRUE'}`;
    await during(near, isOld ? 'REVOKE odoo FROM till_restore' : usual, async () => {
      expect(await flaws()).toEqual([
        expect.stringMatching(/^restore login weak till_restore has the rights of odoo all the time/),
      ]);
    });
    await during('ALTER ROLE odoo NOCREATEDB', 'ALTER ROLE odoo CREATEDB', async () => {
      expect(await flaws()).toEqual([expect.stringMatching(/^restore login weak odoo lacks CREATEDB/)]);
    });
    await during('ALTER ROLE till_restore NOCREATEDB', 'ALTER ROLE till_restore CREATEDB', async () => {
      expect(await flaws()).toEqual([
        expect.stringMatching(/^restore login missing till_restore may not make databases/),
        expect.stringMatching(/^recovery login missing till_restore may not make databases/),
      ]);
    });
  });
});

describe('places', () => {
  it('that are not there are named: the recovery folder, and a filestore', async () => {
    const gone = join(folder, 'gone');
    const estateWithout = changed((now) => ({
      ...now,
      ...(now.recovery === undefined ? {} : { recovery: { ...now.recovery, filestore: gone } }),
    }));
    const [first, second, ...rest] = tenants;
    if (first === undefined || second === undefined) {
      throw new Error('no tenants');
    }
    const who = [{ ...first, filestore: { path: gone } }, without(second, 'filestore'), ...rest];
    expect(await flaws(estateWithout, { who })).toEqual([
      `recovery folder missing ${gone} is not there → mkdir -m 700 -p ${gone}`,
      `filestore missing ${gone} is not there`,
      expect.stringMatching(/^filestores weak 1 tenants name none, so backups hold their database alone: maple-toys/),
    ]);
  });
});

describe('what was left over', () => {
  const operation = idAt(Date.now() - 3 * 86_400_000);
  const name = `till_${operation.toLowerCase()}`;
  const at = new Date(Date.now() - 3 * 86_400_000).toISOString();

  it('is named by doctor and by backups, with the line that removes it', async () => {
    const mark = (till: 'scratch' | 'restored') =>
      markText({ till, operation, tenant: 'maple-toys', backup: null, at });
    await admin(
      ...[`CREATE DATABASE ${name} TEMPLATE template0`, `COMMENT ON DATABASE ${name} IS '${mark('scratch')}'`],
      ...['CREATE DATABASE monday TEMPLATE template0', `COMMENT ON DATABASE monday IS '${mark('restored')}'`],
    );
    await mkdir(join(folder, 'recovery', 'tuesday'));
    const draft = join(
      folder,
      'vault/.till-uploads',
      `${encodeURIComponent(`filestore/maple-toys/${'0'.repeat(64)}.tar.zst.age`)}.${operation}.00000000`,
    );
    await mkdir(join(folder, 'vault/.till-uploads'));
    await writeFile(draft, 'half');
    await utimes(draft, new Date(at), new Date(at));

    const found = await lines();
    expect(found.filter((line) => line.startsWith('left over'))).toEqual([
      expect.stringMatching(
        /^left over weak folder without its database: tuesday in .*\/recovery → rm -r .*\/recovery\/tuesday$/,
      ),
      expect.stringMatching(
        /^left over ok restored database: monday in pg-1 \(of maple-toys, .*\): till restore maple-toys --drop monday$/,
      ),
      expect.stringMatching(
        new RegExp(`^left over weak unfinished database: ${name} in pg-1 .* → till restore maple-toys --drop ${name}$`),
      ),
      expect.stringMatching(
        /^left over weak an upload begun at .* and never ended: filestore\/maple-toys\/0+\.tar\.zst\.age → till prune maple-toys$/,
      ),
    ]);

    const env = { HOME: folder, PATH: process.env['PATH'], XDG_STATE_HOME: join(folder, 'state') };
    const table = await till(['backups', `--estate=${sandbox.estatePath}`], { env });
    expect(table.exit).toBe(0);
    expect(table.err).toContain(`  unfinished database: ${name} in pg-1 (of maple-toys, `);
    expect(table.err).toContain(`: till restore maple-toys --drop ${name}\n`);
    expect(table.err).toMatch(
      /unfinished upload: filestore\/maple-toys\/0+\.tar\.zst\.age .*; two days after it was written: till prune maple-toys\n/,
    );
    const json = JSON.parse((await till(['backups', `--estate=${sandbox.estatePath}`, '-o', 'json'], { env })).out);
    expect(json.remains).toMatchObject([
      { kind: 'folder' },
      { kind: 'restored', name: 'monday' },
      { kind: 'scratch', name },
    ]);
    const doctor = await till(['doctor', `--estate=${sandbox.estatePath}`], { env });
    expect(doctor.out).toContain(`till restore maple-toys --drop ${name}`);
    expect(doctor.exit).toBe(0);
  });

  it('is no tenant for who looks for databases', async () => {
    const nothing = { systemIdentifier: null, timeline: null, startedAt: 0 };
    const identity = { ...nothing, version: 150_000, standby: false, hasPgMonitor: true };
    const rows = await withDatabase(
      { ...sandbox.superuser, user: 'till_monitor', password: await passwordOf('postgres') },
      'postgres',
      (sql) => sql(databasesQuery.query(identity)?.text ?? ''),
    );
    expect(databasesQuery.parse(rows, identity).map(({ name: database }) => database)).toEqual([
      ...['cedar_home', 'harbour_shoes', 'kaffe_te', 'maple_toys', 'postgres'],
    ]);
  });
});

async function passwordOf(login: string): Promise<string> {
  return (await readFile(join(folder, `${login}.password`), 'utf8')).trim();
}

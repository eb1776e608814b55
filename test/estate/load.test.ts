import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Estate } from '#estate/estate.ts';
import { estateFrom, loadEstate } from '#estate/load.ts';
import { EstateInvalid } from '#estate/problem.ts';
import { folderOf } from './folder.ts';

const head = 'apiVersion: till/v1\nid: 0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10\nname: nordic\n';

async function read(text: string, signals?: readonly string[]): Promise<Estate> {
  return await estateFrom(
    new TextEncoder().encode(text),
    '/etc/till/estate.yaml',
    signals === undefined ? {} : { signals },
  );
}

/** `3:7 name: …; hint`, a line for each problem. */
async function problems(text: string | Uint8Array, signals?: readonly string[]): Promise<readonly string[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  try {
    await estateFrom(bytes, 'estate.yaml', signals === undefined ? {} : { signals });
  } catch (error) {
    if (error instanceof EstateInvalid) {
      expect(error.exit).toBe(2);
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim().replace('estate.yaml:', '').replace(/ +/u, ' '));
    }
    throw error;
  }
  return [];
}

describe('a valid estate', () => {
  it('needs three lines, and everything else has a value', async () => {
    expect(await read(head)).toEqual({
      apiVersion: 'till/v1',
      id: '0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10',
      name: 'nordic',
      mode: 'READ-ONLY',
      clusters: {},
      postgres: {},
      redis: {},
      fronts: {},
      tiers: {},
      stores: {},
      people: [],
      calendar: [],
      tenants: [],
      discover: [],
      path: '/etc/till/estate.yaml',
    });
  });

  it('turns durations into seconds', async () => {
    const { tiers } = await read(
      `${head}tiers: { critical: { rpo: 15m, rto: 4h, backup: { every: 1d }, thresholds: { long-transaction: { warn: 90s, critical: 10 } } } }`,
    );
    expect(tiers['critical']).toMatchObject({
      rpo: 900,
      rto: 14_400,
      backup: { every: 86_400 },
      thresholds: { 'long-transaction': { warn: { seconds: 90 }, critical: 10 } },
    });
  });

  it('has absolute paths, from the folder of the file or the home folder', async () => {
    const estate = await read(
      [
        head.trimEnd(),
        'clusters: { eu: { context: eu, kubeconfig: ~/.kube/eu } }',
        'postgres: { pg: { user: till, password: { file: secrets/pg }, ca: /etc/ca.pem } }',
        'redis: { r: { sentinel: { master: m, hosts: ["10.0.0.1:26379"], password: { file: s } }, password: { env: X } } }',
        'fronts: { edge: { address: "10.0.0.7:443", ca: ca.pem } }',
      ].join('\n'),
    );
    expect(estate.clusters['eu']?.kubeconfig).toBe(join(homedir(), '.kube/eu'));
    expect(estate.postgres['pg']).toMatchObject({ password: { file: '/etc/till/secrets/pg' }, ca: '/etc/ca.pem' });
    expect(estate.redis['r']).toMatchObject({
      password: { env: 'X' },
      sentinel: { password: { file: '/etc/till/s' } },
    });
    expect(estate.fronts['edge']?.ca).toBe('/etc/till/ca.pem');
  });

  it('has absolute paths for every login of a server and for what backups need', async () => {
    const login = (file: string) => `{ user: u, password: { file: ${file} } }`;
    const estate = await read(
      [
        head.trimEnd(),
        `postgres: { pg: { user: till, minter: ${login('m')}, backup: ${login('b')}, restore: ${login('r')},`,
        '  patroni: { urls: ["https://a:8008"], password: { file: p }, ca: ca.pem } } }',
        'redis: { r: { host: h, minter: { username: m, password: { file: rm } } } }',
        'stores: { vault: { folder: { path: vault } } }',
        `backups: { store: vault, recipients: [age1${'q'.repeat(58)}], programs: [programs, /opt/bin] }`,
        'discover: [{ cluster: eu, selector: a=b, defaults: { filestore: { path: "files/{tenant_}" } } }]',
        'clusters: { eu: { context: eu } }',
      ].join('\n'),
    );
    const file = (name: string) => ({ password: { file: `/etc/till/${name}` } });
    expect(estate.postgres['pg']).toMatchObject({
      ...{ minter: file('m'), backup: file('b'), restore: file('r') },
      patroni: { ...file('p'), ca: '/etc/till/ca.pem' },
    });
    expect(estate.redis['r']?.minter).toMatchObject(file('rm'));
    expect(estate.backups?.programs).toEqual(['/etc/till/programs', '/opt/bin']);
    expect(estate.discover[0]?.defaults.filestore).toEqual({ path: '/etc/till/files/{tenant_}' });
  });

  it('may begin with a byte order mark and may use anchors with measure', async () => {
    const { tenants } = await read(
      `\ufeff${head}tenants:\n  - &a { name: a, thresholds: &t { x: { warn: 1 } } }\n  - { name: b, thresholds: *t }`,
    );
    expect(tenants[1]?.thresholds).toEqual({ x: { warn: 1 } });
  });
});

describe('what is wrong is said with line, column and what would be right', () => {
  it.each([
    ['mod: x', '4:1 mod: there is no such key here; did you mean `mode`?'],
    ['mode: read-only', '4:7 mode: should be one of READ-ONLY, READ-WRITE, not "read-only"'],
    ['tiers:', '4:1 tiers: is empty; give it a value, or remove the key'],
    ['tiers: []', '4:8 tiers: should be a mapping of keys and values, not an empty list'],
    ['tiers: [critical]', '4:8 tiers: should be a mapping of keys and values, not a list'],
    ['tenants: [[a]]', '4:11 tenants[0]: should be a mapping of keys and values, not a list'],
    ['tenants: { a: 1 }', '4:10 tenants: should be a list, not a mapping'],
    ['tenants: [{ name: A }]', '4:19 tenants[0].name: should be a name: lower-case letters'],
    ['tenants: [{ tier: x }]', '4:11 tenants[0]: is missing `name`'],
    [
      'tenants: [{ name: a, timezone: Europe/Pari }]',
      'should be an IANA time zone, such as `Europe/Paris`, not "Europe/Pari"',
    ],
    ['tenants: [{ name: a, timezone: "+02:00" }]', 'should be an IANA time zone'],
    ['tenants: [{ name: a, environment: prod }]', 'did you mean "production"?'],
    ['clusters: { eu: { context: 5 } }', '4:28 clusters.eu.context: should be text, not 5; put it in quotes'],
    ['clusters: { EU: { context: eu } }', '4:13 clusters.EU: "EU" is not a name'],
    ['postgres: { pg: { user: a, port: "5432" } }', 'should be a number, not "5432"; take the quotes away'],
    ['postgres: { pg: { user: a, port: 70000 } }', 'postgres.pg.port: should be a port from 1 to 65535, not 70000'],
    ['postgres: { pg: { port: 5432 } }', '4:17 postgres.pg: is missing `user`'],
    [
      'redis: { r: { tls: yes } }',
      'should be true or false, not "yes"; write it without quotes; yes and no are plain text',
    ],
    [
      'tiers: { a: { rpo: 5 minutes } }',
      'should be a duration: a number and s, m, h or d, such as `15m`, not "5 minutes"',
    ],
    ['fronts: { edge: {} }', '4:11 fronts.edge: has neither `address` nor `via`; say how it is reached'],
    [
      'discover: [{ cluster: eu, selektor: a }]',
      'discover[0].selektor: there is no such key here; did you mean `selector`?',
    ],
    ['discover: [{ cluster: eu, selector: "a in (b" }]', 'selector: should be a label selector, such as'],
    ['tenants: [{ name: a, selector: "" }]', 'tenants[0].selector: should be a label selector'],
    ['discover: [{ postgres: pg, databases: 5 }]', 'discover[0].databases: should be text, not 5'],
    [
      'calendar: [{ name: x, from: 2026-11-27T00:00:00Z, until: 2026-11-20T00:00:00Z }]',
      'calendar[0].until: is not after `from`',
    ],
    ['people: [{ name: a, groups: all }]', 'people[0].groups: should be a list, not "all"'],
  ])('%s', async (line, expected) => {
    expect((await problems(`${head}${line}`)).join('\n')).toContain(expected);
  });

  it.each([
    ['tenants: [{ name: a, cluster: eu-prd }]', 'there is no cluster "eu-prd"; did you mean "eu-prod"?'],
    ['tenants: [{ name: a, postgres: x }]', 'there is no PostgreSQL server "x"; there is pg-1'],
    ['tenants: [{ name: a, redis: x }]', 'there is no Redis server "x"; `redis` names none'],
    ['tenants: [{ name: a, front: x }]', 'there is no front "x"; `fronts` names none'],
    ['tenants: [{ name: a, tier: critcal }]', 'there is no tier "critcal"; did you mean "critical"?'],
    ['discover: [{ cluster: us, selector: a }]', 'discover[0].cluster: there is no cluster "us"'],
    [
      'discover: [{ cluster: eu-prod, selector: a, labels: { teir: x } }]',
      'discover[0].labels.teir: a tenant has no such field; did you mean `tier`?',
    ],
    [
      'discover: [{ cluster: eu-prod, selector: a, defaults: { host: "{name}.x" } }]',
      'discover[0].defaults.host: {name} stands for nothing',
    ],
    [
      'discover: [{ cluster: eu-prod, selector: a, defaults: { tier: x } }]',
      'discover[0].defaults.tier: there is no tier "x"',
    ],
    [
      'redis: { r: { via: { cluster: us, namespace: a, service: b, port: 1 } } }',
      'redis.r.via.cluster: there is no cluster "us"',
    ],
    [
      'redis: { r: { password: { secret: { cluster: us, namespace: a, name: b, key: c } } } }',
      'there is no cluster "us"',
    ],
    [
      'calendar: [{ name: x, from: 2026-11-27T00:00:00Z, until: 2026-11-28T00:00:00Z, scope: { tiers: [x] } }]',
      'calendar[0].scope.tiers[0]: there is no tier "x"',
    ],
    ['tenants: [{ name: a }, { name: b }, { name: a }]', '"a" is listed twice; it stands at tenants[0] already'],
    [
      'tenants: [{ name: a, postgres: pg-1, database: d }, { name: b, postgres: pg-1, database: d }]',
      '"d" on "pg-1" is the database of "a" already',
    ],
  ])('%s leads nowhere, or to the same place twice', async (line, expected) => {
    const world =
      'clusters: { eu-prod: { context: eu } }\npostgres: { pg-1: { user: till } }\ntiers: { critical: {} }\n';
    const found = await problems(`${head}${world}${line}`);
    expect(found.join('\n')).toContain(expected);
    expect(found).toHaveLength(1);
  });

  it('names thresholds of signals that there are not, when it knows the signals', async () => {
    const text = `${head}tenants: [{ name: a, thresholds: { blocked-session: { warn: 1 } } }]`;
    expect(await problems(text)).toEqual([]);
    expect(await problems(text, ['blocked-sessions'])).toEqual([
      '4:36 tenants[0].thresholds.blocked-session: there is no such signal; did you mean `blocked-sessions`?',
    ]);
  });

  it('is all of it, in the order of the file', async () => {
    const found = await problems(
      'apiVersion: till/v2\nnme: x\ntiers: { a: { rpo: 1, colour: red, shape: round } }\ntenants: [{ name: a, tier: b }]',
    );
    expect(found.map((line) => line.replace(/id: [0-9a-f-]{36}/u, 'id: UUID'))).toEqual([
      '1:1 is missing `id`; add the line `id: UUID` and never change it',
      '1:1 is missing `name`',
      '1:13 apiVersion: should be "till/v1", not "till/v2"',
      '2:1 nme: there is no such key here; did you mean `name`?',
      '3:20 tiers.a.rpo: should be text, not 1; put it in quotes',
      '3:23 tiers.a.colour: there is no such key here; there is rpo, rto, replicas, backup, approvals, thresholds',
      '3:36 tiers.a.shape: there is no such key here; there is rpo, rto, replicas, backup, approvals, thresholds',
      '4:28 tenants[0].tier: there is no tier "b"; did you mean "a"?',
    ]);
  });
});

describe('secrets', () => {
  it.each([
    'postgres: { pg: { user: a, password: hunter2 } }',
    'postgres: { pg: { user: a, password: { value: hunter2 } } }',
    'postgres: { pg: { user: a, password: { env: X, value: hunter2 } } }',
    'redis: { r: { password: [hunter2] } }',
    'redis: { r: { sentinel: { master: m, hosts: ["a:1"], password: hunter2 } } }',
    'postgres: { pg: { user: a, host: "postgres://a:hunter2@host/db" } }',
    'fronts: { edge: { address: "https://a:hunter2@host" } }',
  ])('are refused in the file and never repeated: %s', async (line) => {
    const found = (await problems(`${head}${line}`)).join('\n');
    expect(found).toMatch(/name an environment variable|a host name|host:port/u);
    expect(found).not.toContain('hunter2');
  });
});

describe('files that are no estate', () => {
  it.each([
    ['', 'the file is empty; `till estate init` writes one to begin with'],
    ['# nothing yet\n', 'the file is empty'],
    ['hello', 'an estate is a mapping of keys and values'],
    ['- a\n- b', 'an estate is a mapping of keys and values'],
    ['a:\n\tb: 1', '2:1 a tab cannot indent YAML; use spaces'],
    ['name: a\nname: b', '2:1 this key stands here twice; keep one of the two'],
    ['a: 1\n---\nb: 2', '2:1 a second document begins here'],
    ['a: [1', 'not YAML:'],
    ['a: *nowhere', '1:4 there is no anchor "&nowhere" before this'],
    ['[[[[[[[[[['.repeat(10_000), 'nested too deeply'],
  ])('%j', async (text, expected) => {
    expect((await problems(text)).join('\n')).toContain(expected);
  });

  it('a YAML bomb is refused at once', async () => {
    const levels = 'bcdefghi'.split('').map((name, index) => {
      const inner = `*${'abcdefghi'[index]}`;
      return `${name}: &${name} [${Array(9).fill(inner).join(',')}]`;
    });
    const began = performance.now();
    expect(await problems(`a: &a [${Array(9).fill('x').join(',')}]\n${levels.join('\n')}`)).toEqual([
      '1:1 its anchors unfold to more than 100 copies; write the values out, or use tiers and `defaults`',
    ]);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('another encoding is named where it begins', async () => {
    expect(await problems(new Uint8Array([0x61, 0x3a, 0x20, 0x31, 0x0a, 0x62, 0x3a, 0x20, 0xe9]))).toEqual([
      '2:4 this is not UTF-8; save the file as UTF-8',
    ]);
    expect((await problems(new Uint8Array([0xff, 0xfe, 0x61, 0x00])))[0]).toContain('the file is UTF-16');
  });

  it('one of many megabytes is not even read', async () => {
    const folder = await folderOf({ 'estate.yaml': 'x'.repeat(4 * 1024 * 1024 + 1) });
    await expect(loadEstate(join(folder, 'estate.yaml'))).rejects.toThrow(
      'more than the 4194304 that an estate may have',
    );
  });

  it('one that is not there, or is a folder, is named with what to do', async () => {
    const folder = await folderOf();
    await expect(loadEstate(join(folder, 'no.yaml'))).rejects.toMatchObject({
      exit: 2,
      reason: 'no-estate',
      message: `the estate file ${folder}/no.yaml does not exist`,
      next: 'till estate init writes one to begin with',
    });
    await expect(loadEstate(folder)).rejects.toMatchObject({ exit: 2, reason: 'estate-unreadable' });
  });

  it('hundreds of problems are counted, and the first fifty shown', async () => {
    const found = await problems(`${head}${Array.from({ length: 80 }, (_, index) => `k${index}: 1`).join('\n')}`);
    expect(found).toHaveLength(51);
    expect(found.at(-1)).toBe('and 30 more');
  });
});

describe('the place of the ledger', () => {
  const server = 'ledger: { postgres: { host: ledger-1, tls: disable } }\n';
  const rules = 'access: { rules: [], approvers: { group: leads } }\n';
  const people = 'people: [{ name: ann }, { name: bob }]\n';

  it('is a server, where several people act or somebody must approve', async () => {
    expect((await problems(`${head}${rules}`)).join()).toContain('access: needs a ledger that people share');
    expect((await problems(`${head}${people}`)).join()).toContain('several people need a ledger that they share');
    expect(await problems(`${head}people: [{ name: ann }]\n`)).toEqual([]);
    expect(await problems(`${head}${server}${rules}${people}`)).toEqual([]);
  });

  it('is not a server that till restores or switches over', async () => {
    const same = (host: string) => problems(`${head}${server}postgres: { pg-1: { host: ${host}, user: u } }\n`);
    expect((await same('LEDGER-1')).join()).toContain('is the server "pg-1", which till restores and switches over');
    expect(await same('db-1')).toEqual([]);
  });
});

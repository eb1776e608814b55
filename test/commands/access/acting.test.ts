import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../actions/world.ts';
import { newWorld, type World as Servers } from '../../ledger/postgres/world.ts';
import { peopleAndRules } from './world.ts';

let world: World;
let servers: Servers;
beforeAll(async () => {
  [world, servers] = await Promise.all([startWorld(), newWorld()]);
}, 120_000);
afterAll(async () => {
  await world.close();
  await servers.stop();
});

/** The sandbox's estate with something else in it, in a file beside it. */
async function estateWith(name: string, change: (yaml: string) => string): Promise<string> {
  const path = join(dirname(world.estatePath), `${name}.yaml`);
  await writeFile(path, change(await readFile(world.estatePath, 'utf8')), { mode: 0o600 });
  return path;
}

interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(estate: string, login: string, words: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [resolve('bin/till.js'), ...words, `--estate=${estate}`], {
    env: { ...world.person.env, PGUSER: login, PGPASSWORD: login },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((settle) => child.on('exit', settle));
  const [out, err, exit] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { exit, out, err };
}

const scaling = ['scale', 'maple-toys', '--web', '+1', '--reason', 'queue', '--yes'];

describe('an action where an access policy is in force', { timeout: 120_000 }, () => {
  it('is refused without a grant, with the line that gets one; done under it, and named in the ledger', async () => {
    const logins = ['alice', 'bob', 'lea', 'leo'];
    const { server, database } = await servers.newLedger({ writer: logins, reader: [], agent: [] });
    const ledger = `ledger: {postgres: {host: '${server.host}', port: ${server.port}, database: ${database}, tls: disable}}`;
    const estate = await estateWith(
      'ruled',
      (yaml) => `${yaml}\n${ledger}\n${peopleAndRules.replace(/.*critical.*\n/u, '')}`,
    );
    const as = (login: string, ...words: readonly string[]) => run(estate, login, words);
    await as('lea', 'access', 'policy', 'propose', '--reason', 'first', '--yes');
    await as('lea', 'access', 'policy', 'approve', '--yes');
    expect((await as('leo', 'access', 'policy', 'approve', '--yes')).out).toContain('in force');

    const refused = await as('alice', ...scaling, '--write');
    expect(refused.exit).toBe(4);
    expect(refused.err).toContain('--write opens nothing here');
    const line = /till access request .*/u.exec(refused.err)?.[0] ?? '';
    expect(line).toBe('till access request --for 30m --tenants maple-toys --actions scale --reason queue');

    const asked = await as('alice', ...line.split(' ').slice(1), '-o', 'name');
    const grant = asked.out.trim();
    expect((await as('alice', ...scaling)).err).toContain(
      `pending: it waits for 1 of sre, who type till access approve ${grant}`,
    );
    expect((await as('bob', 'access', 'approve', grant, '--yes')).exit).toBe(0);
    expect((await as('alice', ...scaling)).err).toContain(`approved: till access activate ${grant}`);
    expect((await as('alice', 'access', 'activate', grant)).exit).toBe(0);
    expect(await as('alice', ...scaling)).toMatchObject({ exit: 0 });
    expect((await as('bob', ...scaling)).exit).toBe(4);

    const told = await as('bob', 'audit', 'list', '--action', 'scale', '-o', 'json');
    const entries: readonly {
      readonly phase: string;
      readonly grant: string | null;
      readonly outcome: { readonly reason: string } | null;
    }[] = JSON.parse(told.out).items;
    expect(entries.filter(({ phase }) => phase === 'intent').map((entry) => entry.grant)).toEqual([grant]);
    expect(entries.filter(({ phase }) => phase === 'refusal').map(({ outcome }) => outcome?.reason)).toEqual([
      ...Array.from({ length: 4 }, () => 'no-grant'),
    ]);
    expect((await as('bob', 'access', 'revoke', grant)).exit).toBe(0);
    expect((await as('alice', ...scaling)).exit).toBe(4);
  });

  it('that somebody approved as one plan is done once, and not as another', async () => {
    const logins = ['alice', 'bob', 'lea', 'leo'];
    const { server, database } = await servers.newLedger({ writer: logins, reader: [], agent: [] });
    const ledger = `ledger: {postgres: {host: '${server.host}', port: ${server.port}, database: ${database}, tls: disable}}`;
    const estate = await estateWith(
      'planned',
      (yaml) => `${yaml}\n${ledger}\n${peopleAndRules.replace(/.*critical.*\n/u, '')}`,
    );
    const as = (login: string, ...words: readonly string[]) => run(estate, login, words);
    await as('lea', 'access', 'policy', 'propose', '--reason', 'first', '--yes');
    await as('lea', 'access', 'policy', 'approve', '--yes');
    await as('leo', 'access', 'policy', 'approve', '--yes');

    const plan = JSON.parse((await as('alice', ...scaling, '--dry-run', '-o', 'json')).out);
    const asked = await as(
      ...(['alice', 'access', 'request', '--for', '30m', '--tenants', 'maple-toys', '--actions', 'scale'] as const),
      ...['--plan', plan.digest, '--reason', 'CHG-12', '-o', 'name'],
    );
    const grant = asked.out.trim();
    await as('bob', 'access', 'approve', grant, '--yes');
    await as('alice', 'access', 'activate', grant);
    expect((await as('alice', ...scaling.with(3, '+2'))).exit).toBe(4);
    expect((await as('alice', ...scaling)).exit).toBe(0);
    expect((await as('alice', ...scaling)).exit).toBe(4);
    expect(JSON.parse((await as('bob', 'access', 'show', grant, '-o', 'json')).out)).toMatchObject({
      used: 1,
      uses: 1,
    });
  });
});

describe('an action where there is no access policy', { timeout: 120_000 }, () => {
  it('is let into a READ-ONLY estate for as long as a grant lasts', async () => {
    const estate = await estateWith('mine', (yaml) => yaml.replace('READ-WRITE', 'READ-ONLY'));
    const me = (...words: readonly string[]) => run(estate, 'me', words);
    const refused = await me(...scaling);
    expect(refused.exit).toBe(4);
    const line = /till access request .*/u.exec(refused.err)?.[0] ?? '';
    const asked = await me(...line.split(' ').slice(1), '--activate', '-o', 'name');
    expect(await me(...scaling)).toMatchObject({ exit: 0 });
    expect((await me('access', 'end', asked.out.trim())).exit).toBe(0);
    expect((await me(...scaling)).exit).toBe(4);
  });
});

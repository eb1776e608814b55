import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { commands } from '#commands/index.ts';
import { findEstate } from '#estate/find.ts';
import { runTill } from '#grammar/run.ts';
import type { Clock } from '#text/clock.ts';
import { systemClock } from '#text/clock.ts';
import { exitCodes } from '#text/till-error.ts';
import { fakeIo } from '../../grammar/fake-io.ts';
import type { World } from '../../ledger/postgres/world.ts';

const logins = ['alice', 'alice_adm', 'bob', 'carol', 'dan', 'lea', 'leo', 'ci', 'mallory'];

export const peopleAndRules = `
people:
  - {name: alice, postgres: [alice, alice_adm], groups: [sre]}
  - {name: bob, postgres: bob, groups: [sre]}
  - {name: dan, postgres: dan, groups: [retail]}
  - {name: lea, postgres: lea, groups: [leads]}
  - {name: leo, postgres: leo, groups: [leads]}
  - {name: ci, kind: service, postgres: ci}
access:
  rules:
    - {name: production, actions: ['*'], environments: [production], approvals: [{group: sre}], for: 4h}
    - {name: critical, actions: ['*'], tiers: [critical], approvals: [{group: retail}], for: 1h}
    - {name: staging, actions: [scale, restart], environments: [staging], for: 30m}
  breakGlass: {groups: [sre], for: 15m, reviewers: leads}
  approvers: {group: leads}
`;

const tenants = `
tiers: {critical: {}, standard: {}}
tenants:
  - {name: harbour-shoes, environment: production, tier: critical}
  - {name: maple-toys, environment: production, tier: standard}
  - {name: pixel-games, environment: staging, tier: standard}
`;

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface RunAs {
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
}

/** An estate whose ledger is on a real server, and `till` as everybody types it there, each under their own login. */
export async function anEstate(world: World, more = peopleAndRules) {
  const { server, database } = await world.newLedger({ writer: logins, reader: [], agent: [] });
  const folder = await mkdtemp(join(tmpdir(), 'till-access-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const postgres = `{host: '${server.host}', port: ${server.port}, database: ${database}, tls: disable}`;
  const head = 'apiVersion: till/v1\nid: 8f2f4f8a-6f0e-4d3c-9f59-2f4e0f5c9a11\nname: shop\n';
  const path = join(folder, 'estate.yaml');
  const write = (text: string, beside = '') =>
    writeFile(path, `${head}ledger: {postgres: ${postgres}${beside}}\n${tenants}${text}`);
  await write(more);

  const till = async (
    login: string,
    line: readonly string[],
    { clock = systemClock, env = {} }: RunAs = {},
  ): Promise<Ran> => {
    const all = { HOME: folder, XDG_STATE_HOME: folder, PGUSER: login, PGPASSWORD: login, ...env };
    const io = { ...fakeIo({ env: all }), clock };
    const exit = await runTill([...line], io, {
      commands,
      readEstate: ({ value }) => findEstate({ named: value('estate') ?? path, env: all, folder }),
      openConsole: async () => exitCodes.ok,
      complete: async () => exitCodes.ok,
      keepDetails: () => null,
    });
    return { exit, out: io.stdout(), err: io.stderr() };
  };
  const words = (login: string, line: string, as?: RunAs) => till(login, line.split(' '), as);
  return {
    ...{ folder, database, write, till, words },
    /** The JSON that a command prints. */
    async json(login: string, line: readonly string[], as?: RunAs): Promise<Readonly<Record<string, unknown>>> {
      const { out } = await till(login, [...line, '-o', 'json'], as);
      return JSON.parse(out);
    },
    async adopt() {
      await words('lea', 'access policy propose --reason first --yes');
      await words('lea', 'access policy approve --yes');
      return await words('leo', 'access policy approve --yes');
    },
  };
}

export type TheEstate = Awaited<ReturnType<typeof anEstate>>;

/** Something that hears webhooks. */
export async function aListener(status = 200) {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      heard.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve(undefined))));
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/secret-part` };
}

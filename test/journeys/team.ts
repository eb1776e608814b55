import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openLedger } from '#actions/context.ts';
import { findEstate } from '#estate/find.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { setupSql } from '#ledger/postgres/setup/script.ts';
import type { Filter } from '#ledger/query.ts';
import { startSandbox } from '#sandbox/sandbox.ts';
import { systemClock } from '#text/clock.ts';
import { tables } from '../sandbox/tables.ts';
import { startTestPostgres } from '../servers.ts';
import { type DrivenTerminal, drive } from '../terminal/drive.ts';
import { type LivingTerminal, living } from '../terminal/living.ts';
import { type Finished, newcomer, type Person, till } from './program.ts';

/** A living sandbox whose ledger is on a PostgreSQL server of its own, and the people who share it, each with a login. */
export interface Team {
  /** A console of the real program, as this person. */
  console(login: string, size?: { readonly columns?: number; readonly rows?: number }): LivingTerminal;
  /** A command, as this person. */
  run(login: string, ...words: readonly string[]): Promise<Finished>;
  /** Oldest first. */
  entries(filter?: Filter): Promise<readonly LedgerEntry[]>;
  /** The ledger's server is gone from now on. */
  losesLedger(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Alice and bob are sre, lea and leo lead. Whatever is done takes one sre, and glass may be broken by them. This host knows bob by
 * its own account too: that is who he is while the ledger is away.
 */
const access = `
people:
  - {name: alice, postgres: [alice], groups: [sre]}
  - {name: bob, postgres: [bob], os: [${userInfo().username}], groups: [sre]}
  - {name: lea, postgres: [lea], groups: [leads]}
  - {name: leo, postgres: [leo], groups: [leads]}
access:
  rules:
    - {name: everything, actions: ['*'], approvals: [{group: sre, count: 1}], for: 4h}
  breakGlass: {groups: [sre], for: 15m, reviewers: leads}
  approvers: {group: leads, count: 2}
  lapse: 24h
`;

const logins = ['alice', 'bob', 'lea', 'leo'];

export async function aTeam({ tenants = 4 } = {}): Promise<Team> {
  expect(existsSync(join(till, '../../dist/main.js')), 'npm run build comes first').toBe(true);
  const folder = mkdtempSync(join(tmpdir(), 'till-team-'));
  const [sandbox, server] = await Promise.all([
    startSandbox({ folder: join(folder, 'sandbox'), tenants, seed: 7, tables }),
    startTestPostgres(),
  ]);
  await server.sql('postgres', 'CREATE DATABASE till_ledger');
  for (const login of logins) {
    await server.sql('postgres', `CREATE ROLE ${login} LOGIN PASSWORD '${login}'`);
  }
  await server.sql('till_ledger', setupSql({ from: 0, grant: { writer: logins } }));
  const path = join(folder, 'sandbox', 'team.yaml');
  const at = `ledger: {postgres: {host: ${server.host}, port: ${server.port}, database: till_ledger, tls: disable}}`;
  const estate = readFileSync(sandbox.estatePath, 'utf8').replace('mode: READ-WRITE', 'mode: READ-ONLY');
  writeFileSync(path, `${estate}\n${at}\n${access}`, { mode: 0o600 });
  const people = new Map<string, Person>(
    logins.map((login) => [login, newcomer({ TILL_ESTATE: path, PGUSER: login, PGPASSWORD: login })]),
  );
  const person = (login: string) => people.get(login) ?? expect.fail(`nobody is called ${login}`);
  const terminals: DrivenTerminal[] = [];
  const { env, home } = person('lea');
  const ledger = openLedger(await findEstate({ named: path, env, folder: home }), systemClock, env);
  return {
    console(login, { columns = 120, rows = 40 } = {}) {
      const terminal = drive(process.execPath, [till], { columns, rows, env: person(login).env });
      terminals.push(terminal);
      return living(terminal);
    },
    run: (login, ...words) => person(login).run(...words),
    async entries(filter = {}) {
      const found: LedgerEntry[] = [];
      for await (const entry of ledger.entries(filter)) {
        found.push(entry);
      }
      return found;
    },
    losesLedger: () => server.stop(),
    async close() {
      for (const { pty } of terminals) {
        try {
          pty.kill('SIGKILL');
        } catch {
          // It has ended by itself.
        }
      }
      await ledger.close();
      await sandbox.close();
      await server.stop();
      for (const one of people.values()) {
        one.leave();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

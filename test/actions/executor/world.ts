import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { openLedger } from '#actions/context.ts';
import type { Estate } from '#estate/estate.ts';
import { findEstate } from '#estate/find.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { startPrivateSandbox } from '#sandbox/private.ts';
import { systemClock } from '#text/clock.ts';
import { ApiClient, each, type Json, mergePatch } from '../../contract/client.ts';
import { type Finished, newcomer, type Person } from '../../journeys/program.ts';

export const tenant = 'maple-toys';
const namespace = 'till-executor';
const configMap = `/api/v1/namespaces/${namespace}/configmaps/till-executor-estate`;
const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;

/** A team's sandbox: its kubelet runs what the executor's Jobs ask for as processes of this machine. */
export interface World {
  readonly person: Person;
  readonly estatePath: string;
  readonly estate: Estate;
  readonly admin: ApiClient;
  readonly ledger: Ledger;
  /** `till WORDS…`, the built program, as somebody of the team. */
  as(login: string, ...words: readonly string[]): Promise<Finished>;
  /** Begins a long action and returns its operation's id at once. */
  begun(...words: readonly string[]): Promise<string>;
  /** Bytes a second that backups of the executor may read; null: all that it can. */
  slow(budget: string | null): Promise<void>;
  job(operation: string): Promise<Json | null>;
  pods(operation: string): Promise<readonly Json[]>;
  /** The process that runs it now, when there is one. */
  worker(operation: string): Promise<number>;
  /** When it tells such words. */
  tells(operation: string, words: RegExp): Promise<void>;
  entries(operation: string): Promise<readonly LedgerEntry[]>;
  /** How it ended, when it has. */
  end(operation: string): Promise<{ readonly status: string; readonly message: string }>;
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const person = newcomer();
  vi.stubEnv('XDG_STATE_HOME', person.env['XDG_STATE_HOME'] ?? join(person.home, '.local/state'));
  const sandbox = await startPrivateSandbox({
    ...{ progress: () => undefined, tenants: 3, team: true, entry: resolve('bin/till.js') },
  });
  const { estatePath } = sandbox;
  const folder = dirname(estatePath);
  const estate = await findEstate({ named: estatePath, env: person.env, folder: person.home });
  const admin = ApiClient.of(join(folder, 'kubeconfig'), 'till-sandbox-admin');
  const ledger = openLedger(estate, systemClock, person.env);
  const wired = async (operation: string) => {
    await ledger.state();
    return ledger.wire?.of(operation) ?? null;
  };
  const world: World = {
    ...{ person, estatePath, estate, admin, ledger },
    as: (login, ...words) =>
      person.run(...words, `--estate=${login === 'operator' ? estatePath : join(folder, 'team', `${login}.yaml`)}`),
    async begun(...words) {
      const done = await world.as('operator', ...words, '--reason=a test', '--no-wait');
      const [id] = /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/.exec(done.err) ?? [];
      if (id === undefined) {
        throw new Error(`nothing was begun: ${done.err}`);
      }
      return id;
    },
    async slow(budget) {
      const { body } = await admin.ask(configMap);
      const text = String((body['data'] as Json)['estate.yaml']);
      const held = parse(text) as { readonly backups: Readonly<Record<string, unknown>> };
      const { budget: _, ...backups } = held.backups;
      const changed = { ...held, backups: { ...backups, ...(budget === null ? {} : { budget }) } };
      const data = { 'estate.yaml': stringify(changed) };
      await admin.ask(configMap, { method: 'PATCH', headers: mergePatch, body: { data } });
    },
    async job(operation) {
      const { code, body } = await admin.ask(`${jobs}/till-${operation.toLowerCase()}`);
      return code === 404 ? null : body;
    },
    async pods(operation) {
      const { body } = await admin.ask(
        `/api/v1/namespaces/${namespace}/pods?labelSelector=till.dev/operation%3D${operation}`,
      );
      return each(body['items']);
    },
    worker: (operation) =>
      vi.waitUntil(
        async () => {
          const hasBegun = (await wired(operation))?.hasBegun === true;
          return hasBegun && (ledger.leases.read(operation)?.pid ?? null);
        },
        { timeout: 30_000, interval: 100 },
      ) as Promise<number>,
    async tells(operation, words) {
      await vi.waitUntil(async () => words.test((await wired(operation))?.told?.words ?? ''), {
        ...{ timeout: 60_000, interval: 100 },
      });
    },
    async entries(operation) {
      const found: LedgerEntry[] = [];
      for await (const entry of ledger.entries({ operation })) {
        found.push(entry);
      }
      return found;
    },
    async end(operation) {
      await vi.waitUntil(async () => !(await ledger.state()).operations.has(operation), {
        ...{ timeout: 120_000, interval: 200 },
      });
      const { status = '', message = '' } = (await world.entries(operation)).at(-1)?.outcome ?? {};
      return { status, message: message ?? '' };
    },
    async remove(path) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
      await admin.ask(path, { method: 'DELETE', body });
    },
    async close() {
      await ledger.close();
      await admin.close();
      await sandbox.close();
      vi.unstubAllEnvs();
      person.leave();
    },
  };
  return world;
}

export const jobPath = (operation: string) => `${jobs}/till-${operation.toLowerCase()}`;
export const podPath = (pod: Json) =>
  `/api/v1/namespaces/${namespace}/pods/${String((pod['metadata'] as Json)['name'])}`;

/** The files of a store's folder that belong to backups. */
export async function manifestOf(estate: Estate, operation: string): Promise<Json | null> {
  const store = Object.values(estate.stores)[0];
  const path = store !== undefined && 'folder' in store ? store.folder.path : '';
  const text = await readFile(join(path, 'backups', tenant, operation, 'manifest.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Json);
}

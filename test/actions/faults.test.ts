import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Action } from '#actions/action.ts';
import { exitOfOutcome } from '#actions/await-operation.ts';
import { begin } from '#actions/begin.ts';
import { type ActContext, openContext } from '#actions/context.ts';
import { actionNamed } from '#actions/find-action.ts';
import { prepare } from '#actions/prepare.ts';
import { type Ended, runOperation } from '#actions/run-operation.ts';
import type { Estate } from '#estate/estate.ts';
import { openWatcher } from '#health/watch.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { openClusterWriter } from '#systems/kubernetes/open-writer.ts';
import type { ClusterWriter, DryRunner } from '#systems/kubernetes/writer.ts';
import type { PostgresWriter } from '#systems/postgres/writer.ts';
import { systemClock } from '#text/clock.ts';
import { type DeafLink, startDeafLink } from './deaf-link.ts';
import { startWorld, tenant, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

type Patch = ClusterWriter['mergePatch'];

interface Trouble {
  /** In place of the write to Kubernetes; `write` is the real one. */
  readonly patch?: (write: Patch, given: Parameters<Patch>) => ReturnType<Patch>;
  readonly clusterWriter?: () => ClusterWriter & DryRunner;
  readonly postgresWriter?: () => Promise<PostgresWriter>;
}

/** Takes the path in this process as the worker takes it, with trouble at the moment of the write. */
async function attempt(name: string, params: JsonObject, trouble: Trouble): Promise<Ended> {
  const { estate, person } = world;
  const action: Action = await actionNamed(name);
  const given = { estate, clock: systemClock, env: person.env };
  const watcher = await openWatcher({ ...given, choose: (all) => all.filter((one) => one.name === tenant) });
  onTestFinished(() => watcher.close());
  const { tenants: statuses } = await watcher.sweep();
  const context = openContext({ ...given, write: false, tenants: watcher.known(), statuses });
  onTestFinished(() => context.close());
  const acting: ActContext = {
    ...context,
    clusterWriter: async (cluster) => {
      const writer = trouble.clusterWriter?.() ?? (await context.clusterWriter(cluster));
      const { patch } = trouble;
      return { ...writer, ...(patch && { mergePatch: (...words) => patch(writer.mergePatch, words) }) };
    },
    postgresWriter: trouble.postgresWriter ?? context.postgresWriter,
  };
  const target = context.tenants.find((one) => one.name === tenant) ?? null;
  const circumstances = { reason: 'proof', ticket: null };
  const { plan } = await prepare(action, params, target, context, circumstances);
  const request = { action, params, plan, ...circumstances, incident: null, idempotencyKey: null };
  const begun = await begin(request, context);
  expect(begun.status).toBe('begun');
  const { operation } = begun;
  const end = await runOperation({
    ...{ action, params, operation, tenant: target, agreed: plan, context: acting, timeoutMs: 20_000 },
    progress: { tell: () => undefined },
    signal: new AbortController().signal,
    healthNow: async () => null,
  });
  await context.ledger.append({
    ...{ kind: 'operation', phase: 'outcome', operation },
    outcome: { ...end, targets: [...end.targets] },
  });
  return end;
}

const replicas = async () => (await world.deployment()).spec.replicas;

async function scaling(trouble: Trouble) {
  const before = await replicas();
  const after = before === 2 ? 3 : 2;
  const end = await attempt('scale', { groups: { web: String(after) } }, trouble);
  return { end, exit: exitOfOutcome(end), isWritten: (await replicas()) === after };
}

/** The same API server by another port; the writer of it knows no other way. */
async function clusterBy(link: DeafLink): Promise<ClusterWriter & DryRunner> {
  const { kubeconfig = '', context } = world.estate.clusters['sandbox'] ?? {};
  const path = join(world.person.home, `kubeconfig-${link.port}`);
  const text = await readFile(kubeconfig, 'utf8');
  await writeFile(path, text.replaceAll(/https:\/\/127\.0\.0\.1:\d+/gu, `https://127.0.0.1:${link.port}`));
  return openClusterWriter({ name: 'sandbox', context, kubeconfig: path, clock: systemClock });
}

async function linkToCluster(): Promise<DeafLink> {
  const text = await readFile(world.estate.clusters['sandbox']?.kubeconfig ?? '', 'utf8');
  const port = Number(text.match(/https:\/\/127\.0\.0\.1:(\d+)/u)?.[1]);
  const link = await startDeafLink({ host: '127.0.0.1', port });
  onTestFinished(() => link.close());
  return link;
}

describe('a write that Kubernetes refuses', () => {
  it('as forbidden (403) has failed, and nothing was written', async () => {
    const { end, exit, isWritten } = await scaling({
      patch: (write, [operation, target, patch]) =>
        write(operation, { ...target, path: '/api/v1/nodes/node-1' }, patch),
    });
    expect(end).toMatchObject({ status: 'failed', reason: '403' });
    expect({ exit, isWritten }).toEqual({ exit: 1, isWritten: false });
  }, 60_000);

  it('as invalid (422) has failed, and nothing was written', async () => {
    const { end, exit, isWritten } = await scaling({
      patch: (write, [operation, target]) => write(operation, target, { spec: { replicas: -1 } }),
    });
    expect(end).toMatchObject({ status: 'failed', reason: '422' });
    expect({ exit, isWritten }).toEqual({ exit: 1, isWritten: false });
  }, 60_000);

  it('because somebody was quicker (409) is refused: the world has moved', async () => {
    const { end, exit, isWritten } = await scaling({
      patch: (write, [operation, target, patch]) => write(operation, { ...target, resourceVersion: '1' }, patch),
    });
    expect(end).toMatchObject({ status: 'refused', reason: '409' });
    expect({ exit, isWritten }).toEqual({ exit: 4, isWritten: false });
  }, 60_000);

  it('because it is another one by the same name now (uid) is refused: the world has moved', async () => {
    const { end, isWritten } = await scaling({
      patch: (write, [operation, target, patch]) => write(operation, { ...target, uid: crypto.randomUUID() }, patch),
    });
    expect(end).toMatchObject({ status: 'refused' });
    expect(isWritten).toBe(false);
  }, 60_000);

  it('because the object is gone (404) is refused: the world has moved', async () => {
    const { end, isWritten } = await scaling({
      patch: (write, [operation, target, patch]) =>
        write(operation, { ...target, path: target.path.replace('odoo-web', 'gone') }, patch),
    });
    expect(end).toMatchObject({ status: 'refused', reason: '404' });
    expect(isWritten).toBe(false);
  }, 60_000);
});

describe('an API server that disappears', () => {
  it('before anything was sent: failed, and nothing was written', async () => {
    const link = await startDeafLink({ host: '127.0.0.1', port: 1 });
    const writer = await clusterBy(link);
    await link.close();
    const { end, isWritten } = await scaling({ clusterWriter: () => writer });
    expect(end).toMatchObject({ status: 'failed', reason: 'ECONNREFUSED' });
    expect(isWritten).toBe(false);
  }, 60_000);

  it('after it was asked, before it answered: unknown with exit 6, although it was written', async () => {
    const link = await linkToCluster();
    const writer = await clusterBy(link);
    const { end, exit, isWritten } = await scaling({
      clusterWriter: () => writer,
      async patch(write, [operation, target, patch]) {
        expect(await writer.dryRun('PATCH', target.path, patch)).toMatchObject({ answer: 'ok' });
        link.cutNextAnswer();
        return await write(operation, target, patch);
      },
    });
    expect(end).toMatchObject({ status: 'unknown', message: expect.stringContaining('may or may not') });
    expect({ exit, isWritten }).toEqual({ exit: 6, isWritten: true });
  }, 60_000);

  it('after it answered: written, and unknown whether it came to be', async () => {
    const before = await replicas();
    const action = await actionNamed('scale');
    const { verify } = action;
    Object.assign(action, { verify: () => Promise.reject(new Error('connection reset')) });
    onTestFinished(() => void Object.assign(action, { verify }));
    const { end, exit } = await scaling({});
    expect(end).toMatchObject({ status: 'unknown', message: expect.stringContaining('written, but') });
    expect(exit).toBe(6);
    expect(await replicas()).not.toBe(before);
  }, 60_000);
});

async function postgresBy(port: number): Promise<() => Promise<PostgresWriter>> {
  const server = world.estate.postgres['pg-1'];
  const estate: Estate = { ...world.estate, postgres: { 'pg-1': { ...server, port } as NonNullable<typeof server> } };
  const given = { estate, clock: systemClock, env: world.person.env, write: false, tenants: [], statuses: [] };
  const context = openContext(given);
  onTestFinished(() => context.close());
  return () => context.postgresWriter('pg-1');
}

describe('a PostgreSQL server', () => {
  it('that says no has refused: failed, with what our role lacks', async () => {
    const [row] = await world.sql('SELECT pg_backend_pid() AS pid');
    const end = await attempt('terminate-session', { pid: Number(row?.['pid']) }, {});
    expect(end).toMatchObject({ status: 'failed', reason: '42501' });
    expect(await world.sql('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  }, 60_000);

  it('that cannot be reached was not written to: failed', async () => {
    const session = await world.session();
    const end = await attempt('terminate-session', { pid: session.pid }, { postgresWriter: await postgresBy(1) });
    expect(end).toMatchObject({ status: 'failed', reason: 'ECONNREFUSED' });
    expect(await session.isThere()).toBe(true);
    await session.end();
  }, 60_000);

  it('that has heard and does not answer: unknown, although the session is gone', async () => {
    const session = await world.session();
    const { host = '', port = 0 } = world.estate.postgres['pg-1'] ?? {};
    const link = await startDeafLink({ host, port });
    onTestFinished(() => link.close());
    link.cutAnswerTo('pg_terminate_backend');
    const end = await attempt(
      'terminate-session',
      { pid: session.pid },
      { postgresWriter: await postgresBy(link.port) },
    );
    expect(end).toMatchObject({ status: 'unknown' });
    expect(await session.isThere()).toBe(false);
    await session.end();
  }, 60_000);
});

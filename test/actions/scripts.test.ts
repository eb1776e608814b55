import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Action } from '#actions/action.ts';
import { actions } from '#actions/definitions/index.ts';
import type { Finished } from '../journeys/program.ts';
import { startWorld, tenant, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ tenants: 9 });
});
afterAll(() => world.close());

const reason = '--reason=proof';

interface Printed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly operation: string;
  readonly status: string;
  readonly targets: readonly { readonly tenant: string; readonly status: string; readonly message: string }[];
  readonly digest: string;
  readonly blockers: readonly { readonly by: string }[];
  readonly items: readonly Printed[];
}

async function json(...words: readonly string[]): Promise<{ readonly said: Printed; readonly ran: Finished }> {
  const ran = await world.run(...words, '-o', 'json');
  try {
    return { said: JSON.parse(ran.out), ran };
  } catch {
    throw new Error(`till ${words.join(' ')} (exit ${ran.code}) printed no JSON: ${ran.out}${ran.err}`);
  }
}

const intents = async () => (await world.entries({ phase: 'intent' })).length;
const replicas = async (name = tenant) => (await world.deployment(name)).spec.replicas;

/** On a world where nothing was released, nobody sleeps, nothing was backed up and no server has standbys, these have nothing to plan, and say so. */
const nothingToPlan = new Set(['rollback', 'wake', 'restore', 'verify-backup', 'switchover', 'drill']);

/** A session to end, and words for each action that plan something on this world. */
async function wordsFor(action: Action): Promise<readonly string[]> {
  switch (action.name) {
    case 'scale':
      return ['scale', tenant, '--web', '+1'];
    case 'cancel-query':
    case 'terminate-session': {
      const session = await world.session();
      onTestFinished(() => session.end());
      return [action.name, tenant, '--pid', String(session.pid)];
    }
    case 'freeze':
      return ['freeze', 'a-while', '--until', '+1h', '--tenant', 'nobody'];
    case 'thaw':
      await world.run('freeze', 'to-thaw', '--until', '+1h', '--tenant', 'nobody', '--yes', reason);
      return ['thaw', 'to-thaw'];
    case 'incident':
      return ['incident', 'open', 'a-trouble'];
    case 'maintenance':
    case 'throttle':
      return [action.name, 'on', tenant];
    default:
      return [action.name, tenant];
  }
}

describe('every action, for a script', () => {
  it.each(actions.map(({ name, load }) => [name, load] as const))(
    '%s: has a plan as JSON, asks nothing without a terminal, and is not talked into anything',
    async (_name, load) => {
      const action = await load();
      const words = await wordsFor(action);
      const before = await intents();

      if (nothingToPlan.has(action.name)) {
        const ran = await world.run(...words, reason, '--yes', '-o', 'json');
        expect(ran).toMatchObject({ code: 2, out: '' });
        expect(JSON.parse(ran.err)).toMatchObject({ kind: 'Error', code: 2 });
        expect(await intents()).toBe(before);
        return;
      }
      const { said, ran } = await json(...words, reason, '--dry-run');
      expect(said).toMatchObject({ apiVersion: 'till/v1', kind: 'Plan', action: action.name });
      expect(Object.keys(said)).toEqual(
        expect.arrayContaining([
          ...['action', 'digest', 'danger', 'objects', 'changes', 'blockers', 'warnings', 'undo'],
          ...['equivalents', 'serverChecked', 'expectedSeconds'],
        ]),
      );
      expect(said.digest).toMatch(/^[0-9a-f]{16}$/u);
      expect(ran.code).toBe(said.blockers.length > 0 ? 4 : 0);

      if (said.blockers.length === 0 && action.danger !== 'mild') {
        const unconfirmed = await world.run(...words, reason, '-o', 'json');
        expect(unconfirmed).toMatchObject({ code: 5, out: '' });
        expect(JSON.parse(unconfirmed.err)).toMatchObject({ kind: 'Error', reason: 'confirmation-missing' });
        if (action.danger === 'severe') {
          expect(await world.run(...words, reason, '--yes')).toMatchObject({ code: 5 });
          expect(await world.run(...words, reason, '--confirm=wrong')).toMatchObject({ code: 5 });
        }
      }
      expect(await world.run(...words, reason, '--expect=digest=0000000000000000')).toMatchObject({ code: 3 });
      expect(await intents()).toBe(before);
    },
    90_000,
  );
});

describe('an outcome', () => {
  it('is one JSON document, with the exit code of how it ended', async () => {
    const wanted = (await replicas()) + 1;
    const { said, ran } = await json('scale', tenant, '--web', String(wanted), '--yes', reason);
    expect(ran).toMatchObject({ code: 0 });
    expect(said).toMatchObject({ kind: 'Outcome', action: 'scale', status: 'ok', targets: [{ tenant, status: 'ok' }] });
    expect(await replicas()).toBe(wanted);
  }, 60_000);

  it('is unknown when the time is up, with exit 6, and never failed', async () => {
    const { said, ran } = await json('scale', 'north-outdoor', '--web', '+1', '--yes', reason, '--timeout=1s');
    expect(ran).toMatchObject({ code: 6 });
    expect(said).toMatchObject({ status: 'unknown', targets: [{ tenant: 'north-outdoor', status: 'unknown' }] });
  }, 60_000);

  it('is not begun with a time that is none: exit 2, and nothing is recorded', async () => {
    const before = await intents();
    expect(await world.run('scale', tenant, '--web', '+1', '--yes', reason, '--timeout=soon')).toMatchObject({
      code: 2,
    });
    expect(await intents()).toBe(before);
  }, 60_000);

  it('of a key that was used before is that of the one operation there is', async () => {
    const words = ['scale', 'lumen-books', '--web', '3', '--yes', reason, '--idempotency-key=once'];
    const first = await json(...words);
    const before = await intents();
    const undone = await world.run('undo', first.said.operation, '--yes', reason);
    expect(undone).toMatchObject({ code: 0 });
    const again = await json(...words);
    expect(again.said.operation).toBe(first.said.operation);
    expect(again.ran.code).toBe(first.ran.code);
    expect(await intents()).toBe(before + 1);
    expect(await replicas('lumen-books')).toBe(2);
  }, 90_000);
});

describe('a refusal', () => {
  it('by a freeze is exit 4 for that tenant, exit 8 for all, and is in the ledger with who refused', async () => {
    await world.run('freeze', 'quiet', '--until', '+1h', '--tenant', 'bike-barn', '--yes', reason);
    const names = ['atelier-nine', 'bike-barn'];
    const { said, ran } = await json('scale', ...names, '--web', '+1', '--yes', '--keep-going', reason);
    expect(ran).toMatchObject({ code: 8 });
    expect(said.targets.map(({ tenant: name, status }) => [name, status])).toEqual([
      ['atelier-nine', 'ok'],
      ['bike-barn', 'refused'],
    ]);
    const refusals = await world.entries({ phase: 'refusal' });
    expect(refusals.at(-1)).toMatchObject({
      action: 'scale',
      outcome: { status: 'refused', by: 'freeze quiet', reason: 'freeze' },
      target: { tenants: ['bike-barn'] },
    });
    expect(await replicas('bike-barn')).toBe(2);
  }, 90_000);

  it('stops the others that have not begun, each of which has its line; --dry-run of many is one document', async () => {
    const names = ['atelier-nine', 'bike-barn', 'lumen-books', tenant, 'north-outdoor'];
    const plans = await json('scale', ...names, '--web', '+1', '--dry-run', reason);
    expect(plans.said).toMatchObject({ kind: 'PlanList' });
    expect(plans.said.items).toHaveLength(5);
    expect(plans.ran.code).toBe(4);

    const before = await replicas('north-outdoor');
    const { said, ran } = await json('scale', ...names, '--web', '+1', '--yes', reason);
    expect(ran).toMatchObject({ code: 8 });
    expect(said.targets.map(({ tenant: name, status }) => [name, status])).toEqual([
      ['atelier-nine', 'ok'],
      ['bike-barn', 'refused'],
      ['lumen-books', 'ok'],
      [tenant, 'ok'],
      ['north-outdoor', 'skipped'],
    ]);
    expect(ran.err).toContain('– skipped: north-outdoor\n');
    expect(await replicas('north-outdoor')).toBe(before);
  }, 90_000);

  it('of an estate that is looked at only names the way out, which is on record when taken', async () => {
    const readOnly = `${world.person.home}/read-only.yaml`;
    const text = await readFile(world.estatePath, 'utf8');
    await writeFile(readOnly, text.replace('mode: READ-WRITE', 'mode: READ-ONLY'));
    const words = ['scale', 'lumen-books', '--web', '2', '--yes', reason, `--estate=${readOnly}`, '-o', 'json'];
    const refused = await world.person.run(...words);
    expect(refused).toMatchObject({ code: 4 });
    expect(JSON.parse(refused.out)).toMatchObject({ status: 'refused' });
    expect(refused.err).toContain('--write');
    expect((await world.entries({ phase: 'refusal' })).at(-1)).toMatchObject({ outcome: { reason: 'read-only' } });

    expect(await world.person.run(...words, '--write')).toMatchObject({ code: 0 });
    expect((await world.entries({ phase: 'intent' })).at(-1)).toMatchObject({ plan: { mode: 'READ-WRITE' } });
  }, 90_000);

  it('for want of a reason in production is exit 2, as the contract has it', async () => {
    const { said, ran } = await json('scale', tenant, '--web', '+1', '--yes');
    expect(ran).toMatchObject({ code: 2 });
    expect(said).toMatchObject({ status: 'refused' });
    expect((await world.entries({ phase: 'refusal' })).at(-1)).toMatchObject({ outcome: { reason: 'reason-missing' } });
  }, 60_000);
});

describe('from another terminal', () => {
  it('wait says how it ended, stop says that it has, and undo is refused when the world has moved on', async () => {
    const wanted = (await replicas()) + 1;
    const begun = await json('scale', tenant, '--web', String(wanted), '--yes', reason, '--no-wait');
    expect(begun.ran).toMatchObject({ code: 0 });
    const { operation } = begun.said;
    const waited = await json('wait', operation, '--timeout=60s');
    expect(waited.ran).toMatchObject({ code: 0 });
    expect(waited.said).toMatchObject({ kind: 'Outcome', operation, status: 'ok' });

    expect(await world.run('stop', operation)).toMatchObject({ code: 0 });
    for (const elsewhere of [wanted + 1, wanted - 1]) {
      const moved = await world.run('scale', tenant, '--web', String(elsewhere), '--yes', reason);
      expect(moved).toMatchObject({ code: 0 });
      const undone = await world.run('undo', operation, '--yes', reason, '-o', 'json');
      expect(undone).toMatchObject({ code: 4 });
      expect(JSON.parse(undone.err)).toMatchObject({ reason: 'moved' });
      expect(await replicas()).toBe(elsewhere);
    }
    expect(await world.run('wait', '01ZZZZ')).toMatchObject({ code: 2 });
  }, 120_000);

  /** The process that runs it, once it has written. */
  const workerOf = (operation: string) =>
    vi.waitFor(async () => {
      const held = await readFile(join(world.context().ledgerFolder, 'operations', `${operation}.lease`), 'utf8');
      const { pid } = JSON.parse(held) as { readonly pid: number };
      expect((await world.entries({ operation, phase: 'step' })).length).toBeGreaterThan(1);
      return pid;
    }, 30_000);

  it('a worker minds no hang-up and no Ctrl-C; told to end by SIGTERM it says itself how far it came', async () => {
    const restart = ['restart', 'olive-kitchen', '--yes', reason, '--no-wait'];
    const hungUp = (await json(...restart)).said.operation;
    const deaf = await workerOf(hungUp);
    process.kill(deaf, 'SIGHUP');
    process.kill(deaf, 'SIGINT');
    expect((await json('wait', hungUp, '--timeout=60s')).said.status).toBe('ok');
    expect((await world.entries({ operation: hungUp })).map(({ phase }) => phase)).not.toContain('reconciled');

    const told = (await json(...restart)).said.operation;
    process.kill(await workerOf(told), 'SIGTERM');
    expect((await json('wait', told, '--timeout=60s')).ran.code).not.toBe(0);
    expect((await world.entries({ operation: told })).at(-1)).toMatchObject({ phase: 'outcome' });
  }, 120_000);

  it('stop ends a worker between two looks, which stays unknown; one that was killed is listed as lapsed until it is ended', async () => {
    const restart = ['restart', 'olive-kitchen', '--yes', reason, '--no-wait'];
    const first = await json(...restart);
    expect(await world.run('stop', first.said.operation)).toMatchObject({ code: 0 });
    const stopped = await json('wait', first.said.operation, '--timeout=60s');
    // Stopped before its first step nothing was written; after it nobody has watched the rollout to its end.
    expect(['absent', 'failed', 'unknown']).toContain(stopped.said.status);
    expect(stopped.ran.code).not.toBe(0);

    const second = await json(...restart);
    const { operation } = second.said;
    process.kill(await workerOf(operation), 'SIGKILL');
    await vi.waitFor(async () => {
      const rows = await json('operations', '--running');
      expect(rows.said.items).toMatchObject([{ operation, status: 'lapsed' }]);
    }, 30_000);
    const ended = await json('wait', operation, '--timeout=60s');
    expect(['applied', 'indeterminate']).toContain(ended.said.status);
    expect((await json('operations', '--running')).said.items).toEqual([]);
  }, 120_000);
});

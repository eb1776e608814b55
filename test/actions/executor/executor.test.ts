import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { each, type Json } from '../../contract/client.ts';
import { jobPath, manifestOf, podPath, startWorld, tenant, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 120_000);
afterAll(() => world?.close(), 60_000);

const phases = async (operation: string) => (await world.entries(operation)).map(({ phase }) => phase);
const conditions = (job: Json | null) =>
  each((job?.['status'] as Json | undefined)?.['conditions']).map((condition) => String(condition['type']));
/** Reading as slowly as this takes a backup of the sandbox's tenant ten seconds and more. */
const slowly = '192KiB';

describe('a long action of an estate with an executor', () => {
  it('runs as a Job with its operation’s stamp, and whoever asked sees how far it is and how it ended', async () => {
    const done = await world.as('operator', 'backup', tenant, '--reason=a test');
    expect(done.err).toContain(' in till-executor of sandbox');
    expect(done.err).toMatch(/ok, backup 01/);
    expect(done.code).toBe(0);
    const [operation = ''] = /\b01[0-9A-HJKMNP-TV-Z]{24}\b/.exec(done.err) ?? [];
    const job = (await world.job(operation)) ?? expect.fail('no Job');
    const [managed] = each((job['metadata'] as Json)['managedFields']);
    expect(managed?.['manager']).toBe(`till-${operation}`);
    await vi.waitFor(async () => expect(conditions(await world.job(operation))).toContain('Complete'));
    const actors = (await world.entries(operation)).map(({ actor: { asserted } }) =>
      'login' in asserted ? asserted.login : null,
    );
    expect(actors).toEqual(['operator', 'till_executor', 'till_executor', 'till_executor']);
    expect(await manifestOf(world.estate, operation)).toMatchObject({ backup: operation });
  });

  it('tells anybody of the team how far it is, who may also stop it', async () => {
    await world.slow(slowly);
    const operation = await world.begun('backup', tenant);
    await world.tells(operation, /dumping/);
    const listed = await world.as('bob', 'operations', '--running');
    expect(listed.out).toMatch(new RegExp(`${operation} .*running .*dumping maple_toys`));
    const waiting = world.as('alice', 'wait', operation);
    expect((await world.as('bob', 'stop', operation)).code).toBe(0);
    const waited = await waiting;
    expect(waited.err).toContain('dumping maple_toys');
    expect(waited.out).toContain(`${operation} failed`);
    expect(await phases(operation)).toEqual(['intent', 'step', 'outcome']);
    expect(await manifestOf(world.estate, operation)).toBeNull();
  }, 60_000);

  it('is one that everybody else is refused while it runs', async () => {
    await world.slow(slowly);
    const operation = await world.begun('backup', tenant);
    await world.worker(operation);
    const second = await world.as('alice', 'backup', tenant, '--reason=a test');
    expect(second).toMatchObject({ code: 4 });
    await expect(world.ledger.takeOver(operation)).rejects.toMatchObject({ reason: 'operation-live' });
    await world.as('operator', 'stop', operation);
    expect((await world.end(operation)).status).toBe('failed');
  }, 60_000);
});

describe('a pod that is lost', () => {
  it('to a drain: it is told to end and leaves, and the next one does it again under the same operation', async () => {
    await world.slow(slowly);
    const operation = await world.begun('backup', tenant);
    await world.tells(operation, /dumping/);
    const [pod] = await world.pods(operation);
    await world.slow(null);
    const { name } = (pod?.['metadata'] ?? {}) as { readonly name?: string };
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } };
    const { code } = await world.admin.ask(`${podPath(pod ?? {})}/eviction`, { method: 'POST', body: eviction });
    expect(code).toBe(201);
    expect(await world.end(operation)).toMatchObject({ status: 'ok' });
    // Begun twice, ended once: one backup.
    expect(await phases(operation)).toEqual(['intent', 'step', 'step', 'step', 'outcome']);
    expect(await manifestOf(world.estate, operation)).toMatchObject({ backup: operation });
    // What a drain ends is no failure of the Job.
    expect((await world.job(operation))?.['status']).not.toHaveProperty('failed');
  }, 120_000);

  it('to a kill: the next one takes it up again, once the lease of the dead one is over', async () => {
    await world.slow(slowly);
    const operation = await world.begun('backup', tenant);
    await world.tells(operation, /dumping/);
    const first = await world.worker(operation);
    await world.slow(null);
    process.kill(first, 'SIGKILL');
    expect(await world.end(operation)).toMatchObject({ status: 'ok' });
    expect(await phases(operation)).toEqual(['intent', 'step', 'step', 'step', 'outcome']);
    const ended = async () => (await world.pods(operation)).map((pod) => (pod['status'] as Json)['phase']);
    await vi.waitFor(async () => expect(await ended()).toEqual(expect.arrayContaining(['Failed', 'Succeeded'])));
    const verified = await world.as('operator', 'verify-backup', tenant, '--backup', operation, '--reason=a test');
    expect(verified.err).toMatch(/runs as Job[\s\S]+ ok, signature: /);
  }, 180_000);

  it('with its Job: whoever looks next says that nothing was written, and no backup is listed', async () => {
    await world.slow(slowly);
    const operation = await world.begun('backup', tenant);
    await world.tells(operation, /dumping/);
    await world.remove(jobPath(operation));
    const waited = await world.as('operator', 'wait', operation);
    expect(waited.out).toMatch(/absent.*its Job is gone/);
    expect(await manifestOf(world.estate, operation)).toBeNull();
    await world.slow(null);
  }, 120_000);
});

describe('a Job that does not begin', () => {
  it('because its Secret is not there says so in words, and ends with a stop', async () => {
    const secret = '/api/v1/namespaces/till-executor/secrets/till-executor';
    const { body } = await world.admin.ask(secret);
    await world.remove(secret);
    try {
      const operation = await world.begun('backup', tenant);
      const waiting = world.as('alice', 'wait', operation, '--timeout=8s');
      const waited = await waiting;
      expect(waited.code).toBe(6);
      expect(waited.err).toMatch(/FailedMount.*secret "till-executor" not found/);
      const stopped = await world.as('bob', 'stop', operation);
      expect(stopped.err).toMatch(/absent.*nothing was written/);
      expect(await world.end(operation)).toMatchObject({ status: 'absent' });
      await vi.waitFor(async () => expect(await world.job(operation)).toBeNull());
    } finally {
      const { apiVersion, kind } = body;
      const metadata = { name: 'till-executor', namespace: 'till-executor' };
      await world.admin.ask(secret.replace(/\/till-executor$/, ''), {
        ...{ method: 'POST', body: { apiVersion, kind, metadata, data: {} } },
      });
    }
  }, 60_000);

  it('because its image is nowhere says so in words', async () => {
    // Only an administrator could do this: the policy lets in one image.
    const policy = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/till-executor-jobs';
    await world.remove(policy);
    const own = (await import('node:fs/promises')).readFile;
    const text = await own(world.estatePath, 'utf8');
    const other = `${world.estatePath}.other.yaml`;
    const { writeFile } = await import('node:fs/promises');
    await writeFile(other, text.replace(/image: till:\S+/, 'image: till:nowhere'), { mode: 0o600 });
    const done = await world.person.run(...['backup', tenant, '--reason=a test', '--timeout=5s', `--estate=${other}`]);
    const [operation = ''] = /\b01[0-9A-HJKMNP-TV-Z]{24}\b/.exec(done.err) ?? [];
    expect(done.err).toMatch(/does not begin: (ErrImagePull|ImagePullBackOff), .*till:nowhere/);
    expect(done.code).toBe(6);
    await world.as('operator', 'stop', operation);
    expect(await world.end(operation)).toMatchObject({ status: 'absent' });
  }, 60_000);
});

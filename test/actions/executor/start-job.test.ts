import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActContext } from '#actions/context.ts';
import { jobName } from '#actions/executor/place.ts';
import { startJob } from '#actions/executor/start-job.ts';
import type { Estate } from '#estate/estate.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { anEstate } from '../../health/makers.ts';
import { ledgerAs, newWorld, type World } from '../../ledger/postgres/world.ts';
import { intent, newId } from '../../ledger/world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

const executor = {
  ...{ cluster: 'eu', namespace: 'till-executor', serviceAccount: 'till-executor', image: 'till:1', scratch: '20Gi' },
};
type Answer = 'made' | WriteFailure | ((cluster: Cluster) => WriteFailure);

/** A cluster that takes each creation as it is told to, and shows what is there. */
class Cluster {
  readonly jobs = new Map<string, object>();
  readonly asked: string[] = [];
  readonly #answers: Answer[];
  isAway = false;

  constructor(answers: readonly Answer[]) {
    this.#answers = [...answers];
  }

  async create(job: { readonly metadata: { readonly name: string } }): Promise<void> {
    this.asked.push(`create ${job.metadata.name}`);
    const answer = this.#answers.shift() ?? 'made';
    if (answer !== 'made') {
      throw typeof answer === 'function' ? answer(this) : answer;
    }
    this.jobs.set(job.metadata.name, job);
  }

  async get(path: string): Promise<unknown> {
    this.asked.push(`get ${path.split('?')[0]?.split('/').at(-1) ?? ''}`);
    if (this.isAway) {
      throw new ReadFailure('unreachable', 'eu refuses the connection', 'ECONNREFUSED');
    }
    const job = this.jobs.get(path.split('/').at(-1) ?? '');
    if (job === undefined && path.includes('/jobs/')) {
      throw new ReadFailure('unsupported', 'not found', '404');
    }
    return job ?? { items: [] };
  }
}

async function begun(answers: readonly Answer[]) {
  const database = await world.newLedger();
  const ledger = ledgerAs(database, 'alice');
  const cluster = new Cluster(answers);
  const operation = newId();
  const job = jobName(operation);
  await ledger.append(intent({ operation }), { handover: { job, graceMs: 600_000 } });
  // Waiting costs a test nothing: each look at the clock is half a minute on.
  let now = 0;
  const clock = {
    now: () => Date.now(),
    monotonic: () => {
      now += 25_000;
      return now;
    },
  };
  const estate: Estate = anEstate({});
  const context = {
    ...{ estate, clock, ledger, tenants: [] },
    cluster: async () => ({ get: (path: string) => cluster.get(path) }),
    clusterWriter: async () => ({
      create: (_operation: unknown, _path: string, made: never) => cluster.create(made),
    }),
  } as unknown as ActContext;
  const asPod = ledgerAs(database, { login: 'carol' });
  const start = () =>
    startJob(
      { operation, action: 'backup', tenants: [], timeoutMs: 60_000, executor },
      context,
      new AbortController().signal,
    );
  const end = async () => {
    for await (const entry of ledger.newest({ operation, phase: 'outcome' })) {
      return entry.outcome;
    }
    return null;
  };
  return { ledger, cluster, operation, job, start, end, asPod };
}

const lost = new WriteFailure('unknown', 'eu broke the connection', 'ECONNRESET');
const away = new WriteFailure('refused', 'eu refuses the connection', 'ECONNREFUSED');

describe('a Job whose creation', () => {
  it('is answered is looked for no further', async () => {
    const { cluster, job, start, end } = await begun(['made']);
    await start();
    expect(cluster.asked).toEqual([`create ${job}`]);
    expect(await end()).toBeNull();
  });

  it('nobody knows the end of is looked for by its name before it is asked for again, and found', async () => {
    const madeButLost: Answer = (cluster) => {
      const [asked = ''] = cluster.asked.at(-1)?.split(' ').slice(1) ?? [];
      const labels = { 'till.dev/operation': asked.slice('till-'.length).toUpperCase() };
      cluster.jobs.set(asked, { metadata: { name: asked, uid: 'u', labels } });
      return lost;
    };
    const { cluster, job, start, end } = await begun([madeButLost]);
    await start();
    expect(cluster.asked).toEqual([`create ${job}`, `get ${job}`, 'get pods', 'get events']);
    expect(await end()).toBeNull();
  });

  it('was lost on its way is asked for again once it is known not to be there', async () => {
    const { cluster, job, start, end } = await begun([lost]);
    await start();
    expect(cluster.asked).toEqual([`create ${job}`, `get ${job}`, `create ${job}`]);
    expect([...cluster.jobs.keys()]).toEqual([job]);
    expect(await end()).toBeNull();
  });

  it('is refused ends the operation: nothing was written, and no Job may take it any more', async () => {
    const no = new WriteFailure('refused', 'we may not create in /apis/batch (403)', '403');
    const { cluster, operation, job, start, end, asPod } = await begun([no]);
    await start();
    expect(cluster.asked).toEqual([`create ${job}`]);
    expect(await end()).toMatchObject({
      ...{ status: 'failed', reason: 'executor' },
      message: 'its Job could not be created: we may not create in /apis/batch (403); nothing was written',
    });
    await expect(asPod.takeOver(operation, { job })).rejects.toMatchObject({ reason: 'operation-not-open' });
  });

  it('meets a cluster that is away is tried for a while, and then ends the operation', async () => {
    const { cluster, start, end } = await begun(Array.from({ length: 99 }, () => away));
    cluster.isAway = true;
    await start();
    expect(cluster.asked.filter((asked) => asked.startsWith('create')).length).toBeGreaterThan(1);
    expect(await end()).toMatchObject({ status: 'failed', message: expect.stringContaining('refuses the connection') });
  });

  it('failed for all that is known, while its pod has begun, ends nothing: the pod has the operation', async () => {
    const { ledger, cluster, operation, job, start, end, asPod } = await begun(Array.from({ length: 99 }, () => lost));
    cluster.isAway = true;
    using _lease = await asPod.takeOver(operation, { job });
    await start();
    expect(await end()).toBeNull();
    expect((await ledger.state()).operations.has(operation)).toBe(true);
  });

  it('meets another Job of that name ends the operation instead of taking it for its own', async () => {
    const taken = new WriteFailure('refused', 'already exists', '409', true);
    const { cluster, job, start, end } = await begun([taken]);
    cluster.jobs.set(job, { metadata: { name: job, uid: 'u', labels: {} } });
    await start();
    expect(await end()).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('another Job has the name'),
    });
  });
});

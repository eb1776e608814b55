import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ tenants: 12 });
});
afterAll(() => world.close());

const reason = '--reason=proof';
const pool = ['kaffe-te', 'sol-garden', 'tiny-steps'];
const sorted = (names: readonly string[]) => [...names].sort();

interface Printed {
  readonly operation: string;
  readonly operations: readonly string[];
  readonly bulk: string | null;
  readonly items: readonly { readonly operation: string; readonly bulk: string; readonly tenants: readonly string[] }[];
  readonly targets: readonly { readonly tenant: string; readonly status: string }[];
}

async function json(...words: readonly string[]): Promise<{ readonly said: Printed; readonly code: number | null }> {
  const ran = await world.run(...words, '-o', 'json');
  return { said: JSON.parse(ran.out), code: ran.code };
}

describe('tenants that share a pool', () => {
  it('are planned once, confirmed by the name of the pool, and each has its result', async () => {
    const words = ['restart', ...pool, reason];
    const planned = await json(...words, '--dry-run');
    expect(planned.said).toMatchObject({ kind: 'Plan', confirmWith: 'pool-a' });
    expect(planned.said).toMatchObject({ tenants: expect.arrayContaining(pool) });

    const unconfirmed = await world.run(...words, '--yes');
    expect(unconfirmed).toMatchObject({ code: 5 });
    expect(unconfirmed.err).toContain('--confirm="pool-a"');

    const { said, code } = await json(...words, '--confirm=pool-a');
    expect(code).toBe(0);
    expect(said.operations).toHaveLength(1);
    expect(said.bulk).toBeNull();
    expect(sorted(said.targets.map(({ tenant }) => tenant))).toEqual(pool);
    expect(said.targets.every(({ status }) => status === 'ok')).toBe(true);
  }, 120_000);

  it('are widened by name also when only one of them was named', async () => {
    const ran = await world.run('restart', 'sol-garden', '--yes', reason);
    expect(ran).toMatchObject({ code: 5 });
    expect(ran.err).toContain('for sol-garden, kaffe-te, tiny-steps in the pool pool-a');
  }, 60_000);

  it('stay one operation a tenant where the action can be narrowed', async () => {
    const { said } = await json('throttle', 'on', ...pool, reason, '--dry-run');
    expect(said).toMatchObject({ kind: 'PlanList' });
    expect(said.items.map(({ tenants }) => tenants)).toEqual(pool.map((name) => [name]));
  }, 60_000);
});

describe('a bulk', () => {
  it('counts everybody it touches, and has one id that finds its operations again', async () => {
    const words = ['restart', '--group=web', 'maple-toys', 'sol-garden', 'tiny-steps', reason];
    const unconfirmed = await world.run(...words);
    expect(unconfirmed.err).toContain('--confirm="4 tenants"');

    const { said, code } = await json(...words, '--confirm=4 tenants');
    expect(code).toBe(0);
    expect(said.operations).toHaveLength(2);
    expect(said.targets).toHaveLength(4);
    const { bulk } = said;
    expect(bulk).toMatch(/^[0-9A-Z]{26}$/u);

    const rows = await json('operations', `--bulk=${bulk}`);
    expect(sorted(rows.said.items.map(({ operation }) => operation))).toEqual(sorted(said.operations));
    const entries = await json('audit', 'list', `--bulk=${bulk}`, '--limit=500');
    expect(new Set(entries.said.items.map(({ operation }) => operation))).toEqual(new Set(said.operations));
    expect(entries.said.items.every((entry) => entry.bulk === bulk)).toBe(true);
  }, 120_000);

  it('of which the first is refused says of all others that they were skipped, and exits as that one', async () => {
    await world.run('freeze', 'all-quiet', '--until', '+1h', '--tier', 'standard', '--yes', reason);
    const names = ['atelier-nine', 'bike-barn', 'lumen-books', 'maple-toys', 'north-outdoor', 'olive-kitchen'];
    const ran = await world.run('scale', ...names, '--web', '+1', reason);
    expect(ran).toMatchObject({ code: 4 });
    expect(ran.err).toMatch(/– skipped: .*olive-kitchen\n.*--keep-going goes on/u);
    const intents = await world.entries({ phase: 'intent', action: 'scale' });
    expect(intents).toEqual([]);
    const refusals = await world.entries({ phase: 'refusal', action: 'scale' });
    const [bulk] = refusals.map((entry) => entry.bulk);
    expect(bulk).toMatch(/^[0-9A-Z]{26}$/u);
    expect(refusals.every((entry) => entry.bulk === bulk)).toBe(true);
    // Everybody who was meant has one entry that says what became of it: refused, or never begun because of which one.
    expect(sorted(refusals.flatMap(({ target }) => target?.tenants ?? []))).toEqual(names);
    const frozen = refusals.filter(({ outcome }) => outcome?.reason === 'freeze').map(({ operation }) => operation);
    const skipped = refusals.filter(({ outcome }) => outcome?.reason === 'skipped');
    expect(skipped).toHaveLength(1);
    expect(skipped[0]?.target?.tenants).toContain('olive-kitchen');
    expect(frozen.map((operation) => `operation ${operation}`)).toContain(skipped[0]?.outcome?.by);
    const found = await world.run('audit', 'list', '--tenant', 'olive-kitchen', '--action', 'scale', '-o', 'jsonl');
    expect(found.out.trim().split('\n')).toHaveLength(1);
  }, 60_000);
});

import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startPrivateSandbox } from '#sandbox/private.ts';
import { familyOf, isAlive } from '../sandbox/processes.ts';
import { type DrivenTerminal, drive } from '../terminal/drive.ts';
import { gist, newcomer, type Person, type StatusList, tenantOf, till } from './program.ts';

/** Ten are spread around the globe: at every hour of the day some of their shops are open. */
const tenants = 10;

let sandbox: Awaited<ReturnType<typeof startPrivateSandbox>>;
let person: Person;
const terminals: DrivenTerminal[] = [];

beforeAll(async () => {
  sandbox = await startPrivateSandbox({ tenants, entry: till, progress: () => undefined });
  person = newcomer(sandboxOf(sandbox));
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') {
    await person.run('sandbox', 'reset');
  }
  for (const { pty } of terminals.splice(0)) {
    try {
      pty.kill('SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
});
afterAll(async () => {
  await sandbox?.close();
  person?.leave();
});

const status = (...words: readonly string[]) => person.json<StatusList>('status', '--sandbox', ...words);
const sandboxOf = ({ estatePath }: { readonly estatePath: string }) => ({ TILL_SANDBOX_DIR: dirname(estatePath) });
const patience = { timeout: 40_000, interval: 700 };

/** Begins it and returns the tenant that it is at. */
async function begin(scenario: string): Promise<string> {
  const { err } = await person.run('sandbox', 'scenario', scenario);
  const [, tenant] = /^\S+ has begun at (\S+)$/m.exec(err) ?? [];
  if (tenant === undefined) {
    throw new Error(err);
  }
  return tenant;
}

async function end(scenario: string): Promise<void> {
  const { code, err } = await person.run('sandbox', 'scenario', scenario, '--off');
  expect({ code, err }).toMatchObject({ code: 0 });
}

describe('an estate where all is well', () => {
  it('is all green, and exit 0 says so', async () => {
    await vi.waitFor(
      async () => expect((await status()).counts).toEqual({ ok: tenants, warn: 0, critical: 0, unknown: 0 }),
      patience,
    );
    const { code, out } = await person.run('status', '--sandbox', '--check');
    expect({ code, out }).toEqual({ code: 0, out: '' });
  });
});

describe('trouble is seen with its tenant and its root signal, and gone when it is over:', () => {
  const all = { platform: 'ok', application: 'ok', business: 'ok' };

  it.each([
    ['lock-storm', { platform: 'critical blocked-sessions' }],
    ['crash-loop', { platform: 'critical pod-restarts' }],
    ['cron-backlog', { application: 'critical crons-overdue' }],
    // How many tills a shop has open, and so how many can fall silent, depends on the hour.
    ['silent-tills', { business: expect.stringMatching(/^(warn|critical) silent-tills$/) }],
    ['payment-stuck', { business: 'critical payments-unprocessed' }],
  ])(
    '%s',
    async (scenario, seen) => {
      const name = await begin(scenario);
      const list = await vi.waitFor(async () => {
        const now = await status();
        expect(gist(now, name)).toMatchObject(seen);
        return now;
      }, patience);
      expect(list.items[0]?.tenant).toBe(name);
      expect(tenantOf(list, name).grade).not.toBe('ok');
      expect(list.items.filter(({ grade }) => grade !== 'ok').map(({ tenant }) => tenant)).toEqual([name]);
      await end(scenario);
      await vi.waitFor(async () => expect(gist(await status(), name)).toEqual(all), patience);
    },
    60_000,
  );
});

describe('a script', () => {
  it('is told by the exit code, and by a line for each that fails', async () => {
    const name = await begin('payment-stuck');
    const checked = await vi.waitFor(async () => {
      const run = await person.run('status', '--sandbox', '--check', '-o', 'jsonl');
      expect(run.code).toBe(3);
      return run;
    }, patience);
    expect(
      checked.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).tenant),
    ).toEqual([name]);
    expect((await person.run('status', '--sandbox', '--check', '--tier', 'basic')).code).toBe(0);
    expect((await person.run('status', '--sandbox')).code).toBe(0);
    expect((await person.run('status', '--sandbox', '--check', '--layer', 'platform')).code).toBe(0);
    await end('payment-stuck');
    await vi.waitFor(async () => expect((await person.run('status', '--sandbox', '--check')).code).toBe(0), patience);
  }, 90_000);

  it('fails on warnings only when it asks for that', async () => {
    const estate = `${person.home}/strict.yaml`;
    const text = await readFile(sandbox.estatePath, 'utf8');
    await writeFile(
      estate,
      text.replace(/basic:\s*\{/u, 'basic: { thresholds: { redis-memory: { warn: 0.1, critical: 99 } },'),
    );
    const { code, out } = await person.run('status', '--estate', estate, '--check', '--fail-on', 'warn', '-o', 'name');
    expect({ code, out }).toEqual({ code: 3, out: 'kaffe-te\n' });
    expect((await person.run('status', '--estate', estate, '--check')).code).toBe(0);
  });

  it('reads the same in every format', async () => {
    const { items, ...head } = await status('--tier', 'critical');
    expect(head).toMatchObject({ apiVersion: 'till/v1', kind: 'TenantStatusList' });
    const names = items.map(({ tenant }) => tenant);
    const [yaml, jsonl, name, wide] = await Promise.all(
      ['yaml', 'jsonl', 'name', 'wide'].map((format) =>
        person.run('status', '--sandbox', '--tier', 'critical', '-o', format),
      ),
    );
    expect([...(yaml?.out.matchAll(/^ {2}- tenant: (.+)$/gm) ?? [])].map(([, found]) => found)).toEqual(names);
    expect(
      jsonl?.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).tenant),
    ).toEqual(names);
    expect(name?.out).toBe(`${names.join('\n')}\n`);
    expect(wide?.out).toMatch(/^TENANT +TIER +RETAILER .+ WHY/);
    expect([yaml, jsonl, name, wide].flatMap((each) => each?.err ?? 'none')).toEqual(['', '', '', '']);
  });

  it('chooses by name, glob and field; together they narrow', async () => {
    const named = async (...words: readonly string[]) =>
      (await person.run('status', '--sandbox', '--layer', 'platform', '-o', 'name', ...words)).out
        .trim()
        .split('\n')
        .sort();
    expect(await named('harbour-shoes', 'maple-*')).toEqual(['harbour-shoes', 'maple-toys']);
    expect(await named('--retailer', 'kaffe')).toEqual(['kaffe-te']);
    expect(await named('--tier', 'critical', '--environment', 'production', '--cluster', 'sandbox')).toEqual([
      'cedar-home',
      'harbour-shoes',
    ]);
    expect(await named('-l', 'tier=basic')).toEqual(['kaffe-te']);
    expect(await named('--all')).toHaveLength(tenants);
  });

  it('is refused with exit 2 and the way on when nobody is meant', async () => {
    const unknown = await person.run('status', '--sandbox', 'harbor-shoes');
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain('harbour-shoes');
    expect(await person.run('status', '--sandbox', '--tier', 'gold')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('critical'),
    });
    expect(await person.run('status', '--sandbox', '--tier', 'basic', '--retailer', 'harbour')).toMatchObject({
      code: 2,
      out: '',
    });
    const told = await person.run('show', 'nobody', '--sandbox', '-o', 'json');
    expect({ code: told.code, error: JSON.parse(told.err) }).toMatchObject({
      code: 2,
      error: { kind: 'Error', target: 'nobody', retryable: false },
    });
  });

  it.each(['json', 'jsonl', 'table'])('may close the pipe early: -o %s | head -1', async (format) => {
    const { out, err } = await person.shell(`till status --sandbox -o ${format} | head -1; echo "$\{PIPESTATUS[0]}"`);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(out.trimEnd().split('\n')[1]).toBe('0');
    expect(err).toBe('');
  });

  it('follows with --watch, and ends soon after nobody reads any more, with no news to write', async () => {
    const file = `${person.home}/first`;
    const following = person.shell(
      `till status --sandbox --watch -o jsonl | head -1 > ${file}; echo "$\{PIPESTATUS[0]}"`,
    );
    const first = await vi.waitFor(async () => JSON.parse(await readFile(file, 'utf8')), patience);
    expect(first).toMatchObject({ tenant: expect.any(String), grade: 'ok' });
    const seen = performance.now();
    expect(await following).toMatchObject({ out: '0\n', err: '' });
    expect(performance.now() - seen).toBeLessThan(10_000);
  }, 90_000);
});

describe('somebody who looks closer', () => {
  it('sees every signal of a tenant with value, threshold, age and source', async () => {
    const { code, out } = await person.run('show', 'harbour-shoes', '--sandbox');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^● harbour-shoes {2}ok {2}critical · production · dedicated · harbour · sandbox\/harbour-shoes$/m,
    );
    expect(out).toMatch(
      /^● {2}workloads-ready +100 % +≤ 99 % \/ 34 % +\d+s +kubernetes\/sandbox +\d of \d pods ready$/m,
    );
    for (const layer of ['platform', 'application', 'business']) {
      expect(out).toContain(`\n${layer}  ● ok\n`);
    }
  });

  it('is told by the doctor what is reached and what till therefore cannot show', async () => {
    const { code, out } = await person.run('doctor', '--sandbox');
    expect(code).toBe(0);
    for (const subject of [
      'kubernetes/sandbox',
      'postgres/pg-1',
      'postgres/pg-1/lumen_books',
      'redis/redis-1',
      'odoo/edge',
    ]) {
      expect(out).toMatch(new RegExp(`^${subject} .*● ok`, 'm'));
    }
  });
});

describe('the incident commander at a console of 100×30', () => {
  it('sees who is hurt on top, opens the lock tree, filters, changes the theme, and leaves the terminal as it was', async () => {
    await begin('lock-storm');
    const console_ = drive(process.execPath, [till, '--sandbox'], {
      columns: 100,
      rows: 30,
      env: { ...person.env, XDG_CONFIG_HOME: `${person.home}/config` },
    });
    terminals.push(console_);
    await console_.shows('✖ harbour-shoes', 'sessions blocked');
    const family = familyOf(console_.pty.pid);
    const rows = () => console_.lines().filter((line) => /^\s*▸?\s*[✖▲●?] \S/.test(line));
    await vi.waitFor(() => expect(rows()[0]).toMatch(/✖ harbour-shoes/), patience);
    await console_.shows('▸ ✖ harbour-shoes');

    console_.press('\r');
    await console_.shows('harbour-shoes  ✖ critical');
    await console_.shows('idle in transaction', 'UPDATE stock_quant');
    console_.press('\u001b');
    await console_.shows('▸ ✖ harbour-shoes');

    console_.press('/kaffe');
    await vi.waitFor(() => expect(rows().join('\n')).not.toContain('harbour-shoes'), patience);
    await console_.shows('kaffe-te');
    console_.press('\u001b');
    await console_.shows('✖ harbour-shoes');

    const before = console_.output().length;
    console_.press(':theme light\r');
    await vi.waitFor(() => expect(console_.output().slice(before)).toContain('38;5;'), patience);
    await console_.shows('✖ harbour-shoes');

    await end('lock-storm');
    await vi.waitFor(() => expect(console_.text()).not.toContain('sessions blocked'), patience);
    console_.press('q');
    expect(await console_.exited).toMatchObject({ exitCode: 0 });
    await vi.waitFor(() =>
      expect(console_.modes()).toEqual({ alternate: false, wraparound: true, bracketedPaste: false }),
    );
    expect(console_.output()).toMatch(/\u001b\[\?25h/);
    expect(family.filter(isAlive)).toEqual([]);
  }, 90_000);
});

describe('trouble that all of them share', () => {
  it('redis-pressure: it is said once', async () => {
    // Somebody else: evictions stay in sight of whoever has seen them.
    const other = newcomer(sandboxOf(sandbox));
    onTestFinished(() => other.leave());
    await other.run('status', '--sandbox');
    await begin('redis-pressure');
    await vi.waitFor(async () => {
      const { out, err } = await other.run('status', '--sandbox', '--layer', 'platform');
      expect(out).toMatch(/^harbour-shoes\s+critical\s+✖ critical/m);
      expect(err).toMatch(new RegExp(`^redis/redis-1: .+ \\(${tenants} tenants\\)$`, 'm'));
    }, patience);
    const shown = await other.json<{ signals: { name: string; grade: string }[] }>(
      'show',
      'harbour-shoes',
      '--sandbox',
    );
    const red = shown.signals.filter(({ grade }) => grade === 'critical').map(({ name }) => name);
    expect(red.length).toBeGreaterThan(0);
    expect(red.filter((name) => !name.startsWith('redis-'))).toEqual([]);
    await end('redis-pressure');
    await vi.waitFor(async () => {
      const { counts } = await other.json('status', '--sandbox', '--layer', 'platform');
      expect(counts['ok']).toBe(tenants);
    }, patience);
  }, 90_000);
});

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPrivateSandbox } from '#sandbox/private.ts';
import { newcomer, type Person } from '../journeys/program.ts';

/** The built program, people with logins of their own, a real PostgreSQL for the ledger and one for the shops. */
describe('a sandbox with a team', () => {
  let person: Person;
  let sandbox: Awaited<ReturnType<typeof startPrivateSandbox>>;
  const estateOf = (login: string) =>
    login === 'operator' ? sandbox.estatePath : join(dirname(sandbox.estatePath), 'team', `${login}.yaml`);
  const till = async (login: string, ...words: readonly string[]) => {
    const done = await person.run(...words, `--estate=${estateOf(login)}`);
    return { ...done, text: `${done.out}${done.err}` };
  };
  beforeAll(async () => {
    person = newcomer();
    // The keys that credentials are sealed to are this person's.
    vi.stubEnv('XDG_STATE_HOME', person.env['XDG_STATE_HOME'] ?? join(person.home, '.local/state'));
    sandbox = await startPrivateSandbox({
      progress: () => undefined,
      tenants: 6,
      team: true,
      entry: resolve('bin/till.js'),
    });
  }, 120_000);
  afterAll(async () => {
    await sandbox?.close();
    vi.unstubAllEnvs();
    person?.leave();
  }, 30_000);

  const asked = async (...words: readonly string[]) => {
    const { text } = await till('operator', 'access', 'request', ...words, '--reason', 'a test');
    return /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/.exec(text)?.[0] ?? `no grant: ${text}`;
  };
  const auditLog = () =>
    readFileSync(join(dirname(sandbox.estatePath), 'kubernetes-audit.log'), 'utf8')
      .trim()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as {
            verb: string;
            auditID: string;
            user?: { username?: string };
            objectRef?: { resource?: string };
          },
      );

  it('gives everybody what backups need, the one who approves as the one who acts', async () => {
    for (const login of ['operator', 'alice']) {
      const { out } = await till(login, 'doctor', 'maple-toys', '-o', 'json');
      const { items } = JSON.parse(out) as { items: { subject: string; check: string; result: string }[] };
      const flawed = items.filter(({ subject, result }) => /^(backups|store)/.test(subject) && result !== 'ok');
      expect(flawed).toEqual([]);
      for (const check of ['backup login', 'restore login', 'identity', 'recovery folder']) {
        expect(items, login).toContainEqual(expect.objectContaining({ check, result: 'ok' }));
      }
    }
  });

  it('refuses to act without a grant, and says the line that helps', async () => {
    const { code, text } = await till('operator', 'restart', 'maple-toys', '--yes', '--reason', 'a test');
    expect(code).toBe(4);
    expect(text).toContain('till access request --for 30m --tenants maple-toys --actions restart');
  });

  it('acts by the token of the grant once another has approved it, and no longer once it is revoked', async () => {
    const grant = await asked('--for', '20m', '--tenants', 'maple-toys', '--actions', 'restart');
    expect((await till('operator', 'access', 'approve', grant, '--yes')).code, 'of their own').not.toBe(0);
    expect(await till('alice', 'access', 'approve', grant, '--yes')).toMatchObject({ code: 0 });
    expect(await till('operator', 'access', 'activate', grant)).toMatchObject({ code: 0 });
    const restarted = await till('operator', 'restart', 'maple-toys', '--yes', '--reason', 'a test');
    expect(restarted.code, restarted.text).toBe(0);
    const operation = /operation ([0-7][0-9A-Z]{25})/.exec(restarted.text)?.[1] ?? '';
    const writes = auditLog().filter(({ auditID, verb }) => auditID === operation && verb === 'patch');
    expect(writes.length).toBeGreaterThan(0);
    for (const { user } of writes) {
      expect(user?.username).toBe(`system:serviceaccount:maple-toys:till-g-${grant.toLowerCase()}`);
    }
    expect(await till('bob', 'access', 'revoke', grant, '--reason', 'enough')).toMatchObject({ code: 0 });
    await vi.waitFor(
      async () => {
        const { out } = await till('operator', 'access', 'show', grant, '-o', 'json');
        const { credentials } = JSON.parse(out) as { credentials: { retiredAt: string | null }[] };
        expect(credentials.map(({ retiredAt }) => retiredAt)).toEqual([expect.any(String)]);
      },
      { timeout: 60_000, interval: 500 },
    );
    expect((await till('operator', 'restart', 'maple-toys', '--yes', '--reason', 'a test')).code).toBe(4);
  }, 120_000);

  it('has anchors that vouch for its ledger', async () => {
    await vi.waitFor(
      async () => {
        const { code, text } = await till('operator', 'audit', 'verify');
        expect(code, text).toBe(0);
        expect(text).toContain('vouches');
      },
      { timeout: 60_000, interval: 1_000 },
    );
  }, 90_000);
});

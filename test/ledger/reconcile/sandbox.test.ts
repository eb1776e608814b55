import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LivingEstate, livingEstate } from '../../terminal/living.ts';

interface Found {
  readonly kind: string;
  readonly explained: number;
  readonly items: readonly {
    readonly finding: string;
    readonly what: string;
    readonly who: string;
    readonly line: number;
  }[];
  readonly logs: readonly { readonly events: number; readonly first: string; readonly last: string }[];
}

let estate: LivingEstate;
let log: string;
beforeAll(async () => {
  estate = await livingEstate({ tenants: 3 });
  log = join(dirname(estate.sandbox.estatePath), 'kubernetes-audit.log');
}, 90_000);
afterAll(() => estate?.close());

/** What somebody does with curl and till's own certificate. */
async function behindTill(path: string, body: object, agent = 'curl/8'): Promise<number> {
  const { clusters, users } = JSON.parse(readFileSync(join(dirname(estate.sandbox.estatePath), 'kubeconfig'), 'utf8'));
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
  const own = users.find(({ name }: { readonly name: string }) => name === 'till-reader').user;
  const pem = (text: string) => Buffer.from(text, 'base64');
  return new Promise((resolve, reject) => {
    const sent = request(
      `${server}${path}`,
      {
        method: 'PATCH',
        ...{ ca: pem(ca), cert: pem(own['client-certificate-data']), key: pem(own['client-key-data']) },
        headers: { 'content-type': 'application/merge-patch+json', 'user-agent': agent },
      },
      (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.on('error', reject).end(JSON.stringify(body));
  });
}

const reconcile = (...words: readonly string[]) =>
  estate.person.run('audit', 'reconcile', '--kubernetes', log, ...words);

describe('a run of the sandbox, compared with its API server’s own log', { timeout: 120_000 }, () => {
  it('is explained whole while only till acted', async () => {
    const scaled = await estate.person.run('scale', 'maple-toys', '--web', '+1', '--reason', 'queue', '--yes');
    expect(scaled).toMatchObject({ code: 0 });
    const { code, out, err } = await reconcile('-o', 'json');
    const found = JSON.parse(out) as Found;
    expect({ code, items: found.items }, err).toEqual({ code: 0, items: [] });
    expect(found).toMatchObject({ kind: 'ReconciliationList', explained: 1 });
    expect(found.logs[0]?.events).toBeGreaterThan(10);
  });

  it('names exactly the write that had till’s identity and no intent', async () => {
    const path = '/apis/apps/v1/namespaces/maple-toys/deployments/odoo-web/scale';
    expect(await behindTill(path, { spec: { replicas: 5 } })).toBe(200);
    const found = await vi.waitUntil(async () => {
      const { code, out } = await reconcile('-o', 'json');
      return code === 3 ? (JSON.parse(out) as Found) : null;
    });
    expect(found.items).toMatchObject([
      { finding: 'unrecorded', who: 'till-reader', what: 'patch deployments/odoo-web/scale in maple-toys' },
    ]);
    expect(JSON.parse(readFileSync(log, 'utf8').split('\n')[(found.items[0]?.line ?? 0) - 1] ?? '')).toMatchObject({
      verb: 'patch',
      userAgent: 'curl/8',
    });
  });

  it('is found by `till --sandbox` itself, and says what it looked at', async () => {
    const env = { ...estate.person.env, TILL_SANDBOX_DIR: dirname(estate.sandbox.estatePath) };
    const { code, out, err } = await estate.person.shell(
      `TILL_SANDBOX_DIR='${env.TILL_SANDBOX_DIR}' till audit reconcile`,
    );
    expect(code, err).toBe(3);
    expect(out).toContain('unrecorded');
    expect(err).toMatch(/kubernetes-audit\.log: \d+ events, 20\S+ to 20/);
  });

  it('is no pass where the log does not reach: an empty one, an earlier span, a missing file', async () => {
    const pipe = (line: string) => estate.person.shell(line);
    expect(await pipe('printf "" | till audit reconcile --kubernetes - -o name')).toMatchObject({
      code: 3,
      out: 'uncovered -\n',
    });
    expect((await reconcile('--since', '2d', '-o', 'name')).out).toContain('uncovered');
    expect(await estate.person.run('audit', 'reconcile', '--kubernetes', '/nowhere.log')).toMatchObject({ code: 7 });
    expect(await pipe('echo rubbish | till audit reconcile --kubernetes - -o name')).toMatchObject({ code: 3 });
  });

  it('misses what the ledger says and the log does not show', async () => {
    const [first = ''] = readFileSync(log, 'utf8').split('\n');
    const without = `grep -v '"verb":"patch"' '${log}' | till audit reconcile --kubernetes - -o json`;
    const { code, out } = await estate.person.shell(without);
    expect(JSON.parse(first).kind).toBe('Event');
    expect(code).toBe(3);
    expect((JSON.parse(out) as Found).items).toMatchObject([{ finding: 'unseen', what: 'scale on maple-toys' }]);
  });
});

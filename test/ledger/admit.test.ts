import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit } from '#ledger/admit.ts';
import type { Draft } from '#ledger/draft.ts';
import { namesSecret, secretIn, withoutSecrets } from '#ledger/secrets.ts';
import { freeze, intent, ledgerIn, newFolder, newId, pathOf } from './world.ts';

const plan = { digest: 'sha256:1f07', danger: 'severe', undo: null, health: null } as const;

describe('what is let in', () => {
  it('has no control characters, whatever it is', () => {
    const dirty = 'a\u001b]0;title\u0007b\nc\u202ed\u0000';
    const { draft } = admit(intent({ reason: dirty, params: { note: dirty }, target: { tenants: [dirty] } }));
    expect(draft).toMatchObject({ reason: 'ab cd', params: { note: 'ab cd' }, target: { tenants: ['ab cd'] } });
  });

  it('has no field that nobody knows', () => {
    const draft = { ...intent(), shell: 'x' } as Draft;
    expect(() => admit(draft)).toThrow(expect.objectContaining({ reason: 'entry-invalid', exit: 2 }));
    const target = { tenants: [], kubeconfig: 'x' };
    expect(() => admit(intent({ target } as never))).toThrow(expect.objectContaining({ target: 'target.kubeconfig' }));
  });

  it('has an end: a reason of a megabyte is refused, a message of a megabyte is cut', async () => {
    const long = 'x'.repeat(1_000_000);
    expect(() => admit(intent({ reason: long }))).toThrow(
      expect.objectContaining({ reason: 'entry-invalid', target: 'reason' }),
    );
    const ledger = ledgerIn(await newFolder());
    await expect(ledger.append(intent({ params: { a: long } }))).rejects.toMatchObject({
      reason: 'entry-too-large',
      exit: 2,
    });
    const { draft } = admit({
      ...{ kind: 'operation', phase: 'outcome', operation: newId() },
      outcome: { status: 'failed', message: long },
    });
    expect(draft.kind === 'operation' && draft.phase === 'outcome' && draft.outcome.message).toHaveLength(2_000);
  });

  it('has whole numbers only', () => {
    expect(() => admit(intent({ params: { cpu: 0.5 } }))).toThrow(expect.objectContaining({ target: 'params' }));
  });

  it('ends as somebody may say that it ended: `absent` only with proof', () => {
    const end = (phase: string, outcome: object) => () =>
      admit({ kind: 'operation', phase, operation: newId(), outcome } as never);
    expect(end('refusal', { status: 'ok' })).toThrow(expect.objectContaining({ reason: 'entry-invalid' }));
    expect(end('reconciled', { status: 'ok' })).toThrow(expect.objectContaining({ target: 'outcome.status' }));
    expect(end('reconciled', { status: 'absent' })).toThrow('`absent` needs its proof');
    expect(end('reconciled', { status: 'absent', evidence: { generation: 41, looked: 'Deployment' } })).not.toThrow();
    expect(end('reconciled', { status: 'indeterminate' })).not.toThrow();
  });

  it('is a freeze only when it has a reason', () => {
    expect(() => admit({ ...freeze(), reason: undefined } as never)).toThrow(
      expect.objectContaining({ target: 'reason' }),
    );
  });
});

const secrets = [
  'it is password=hunter22, do not tell',
  'export PGPASSWORD=s3cr3t!',
  'Authorization: Bearer abcdef0123456789abcdef',
  'eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl',
  'ghp_0123456789abcdefghijABCDEFGHIJ012345',
  'glpat-abcdefghij0123456789',
  'AKIAIOSFODNN7EXAMPLE',
  'hvs.CAESIJ0123456789abcdefghij',
  'postgres://odoo:hunter2@pg-1/harbour_shoes',
  '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----',
  'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy',
  '$pbkdf2-sha512$25000$abcdef$ghijkl',
  "ALTER ROLE odoo PASSWORD 'hunter2'",
  '{"api_key": "0123456789"}',
];
const harmless = [
  'roll back to odoo:17.0-2.4.0@sha256:1f07c5d3a2b9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3',
  'commit 4670765c2f1d0e9b8a7f6e5d4c3b2a1908f7e6d5',
  'see CHG-123 and https://wiki.example.com/runbooks/secrets',
  'operation 01K9ZZZZZZZZZZZZZZZZZZZZZZ',
  'users cannot reset their password',
  'token expired at 12:00',
  'the secret: none',
  'mail alice@example.com',
];

describe('a secret', () => {
  it.each(secrets)('is refused where a person typed it: %s', (text) => {
    expect(() => admit(intent({ reason: text }))).toThrow(
      expect.objectContaining({ reason: 'secret-in-text', exit: 2, target: 'reason' }),
    );
    expect(() => admit(intent({ reason: text }))).not.toThrow(text);
  });

  it.each(harmless)('is not seen in: %s', (text) => {
    expect(secretIn(text)).toBeNull();
    expect(withoutSecrets(text)).toBe(text);
  });

  it.each(secrets)('is replaced where a system said it: %s', async (text) => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder);
    const operation = newId();
    const outcome = { status: 'failed', message: `could not: ${text}`, evidence: { said: text } } as const;
    const { entry } = await ledger.append({ kind: 'operation', phase: 'outcome', operation, outcome });
    expect(entry.redacted).toEqual(['outcome.message', 'outcome.evidence.said']);
    expect(entry.outcome?.message).toContain('‹redacted›');
    const file = await readFile(pathOf(folder), 'utf8');
    for (const word of ['hunter2', 'b3BlbnNzaC1rZXk', 's3cr3t', 'c2lnbmF0dXJl', 'c2VydmVy', 'ghijkl', '0123456789']) {
      expect(text.includes(word) && file.includes(word)).toBe(false);
    }
  });

  it('is refused in a parameter by its name', () => {
    expect(() => admit(intent({ params: { odoo: { adminPassword: 'x' } } }))).toThrow(
      expect.objectContaining({ reason: 'secret-in-text', target: 'params.odoo.adminPassword' }),
    );
    expect(admit(intent({ params: { secretName: 'odoo-db', tokens: 3 } })).redacted).toEqual([]);
  });

  it('is left out of the changes of a plan', () => {
    const changes = [
      { object: 'Deployment odoo-web', field: 'env.PGPASSWORD', before: 'old-one', after: 'new-one' },
      { object: 'Deployment odoo-web', field: 'image', before: 'odoo:17.0-2.4.1', after: 'odoo:17.0-2.4.0' },
    ];
    const { draft, redacted } = admit(intent({ plan: { ...plan, changes } }));
    expect(JSON.stringify(draft)).not.toMatch(/old-one|new-one/);
    expect(JSON.stringify(draft)).toContain('odoo:17.0-2.4.1');
    expect(redacted).toEqual(['plan.changes[0].before', 'plan.changes[0].after']);
  });

  it('is known by the name of its field', () => {
    expect(['PGPASSWORD', 'api_key', 'client-secret', 'env.TOKEN', 'tokens[0]'].filter(namesSecret)).toHaveLength(5);
    expect(['secretName', 'passwordPolicy', 'key', 'monkey', 'idempotencyKey'].filter(namesSecret)).toEqual([]);
  });

  it('cannot make the guard take long, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 4_000, unit: fc.constantFrom('a', ':', '/', '@', '=', ' ', 'password', 'eyJ', '.') }),
        (text) => {
          const begun = performance.now();
          withoutSecrets(text);
          expect(performance.now() - begun).toBeLessThan(500);
        },
      ),
      { numRuns: 200 },
    );
  });
});

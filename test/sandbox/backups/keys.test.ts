import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { program } from '#backups/programs.ts';
import { newAgeKeys, newSigningKey } from '#sandbox/backups/keys.ts';
import { programsEnv } from '../../backup-programs.ts';
import { folderOf } from '../../estate/folder.ts';

describe('a new pair of age keys', () => {
  it('is one for age itself: what its recipient seals, its identity opens, and no other', async () => {
    const age = await program('age', await programsEnv());
    const [own, another] = [newAgeKeys(), newAgeKeys()];
    const folder = await folderOf({ own: `${own.identity}\n`, another: `${another.identity}\n` });
    const sealed = execFileSync(age.path, ['-r', own.recipient], { input: 'a dump' });
    const opened = (name: string) =>
      execFileSync(age.path, ['-d', '-i', join(folder, name)], { input: sealed, stdio: ['pipe', 'pipe', 'pipe'] });
    expect(opened('own').toString()).toBe('a dump');
    expect(() => opened('another')).toThrow(/no identity matched/);
    const keygen = join(dirname(age.path), 'age-keygen');
    expect(
      execFileSync(keygen, ['-y', join(folder, 'own')])
        .toString()
        .trim(),
    ).toBe(own.recipient);
  });
});

describe('a new signing key', () => {
  it('is an Ed25519 private key in PEM', () => {
    expect(createPrivateKey(newSigningKey()).asymmetricKeyType).toBe('ed25519');
  });
});

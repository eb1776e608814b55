import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Sealing } from '#backups/open-sealed.ts';
import { seal } from '#backups/write/seal.ts';
import { bytesOf } from '../systems/storage/world.ts';
import { type Keys, sealingKeys } from './world.ts';

let keys: Keys;
let programs: Sealing['programs'];
beforeAll(async () => {
  ({ keys, programs } = await sealingKeys());
});

describe('what was sealed', () => {
  it('is there for whoever reads it only after the programs have ended', async () => {
    const sealed = seal({ programs, recipients: [keys.recipient] });
    sealed.into.end('a line of an index\n');
    await vi.waitUntil(() => !process.getActiveResourcesInfo().includes('ProcessWrap'));
    const cipher = await bytesOf(sealed.cipher);
    await sealed.done;
    expect(cipher.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n/);
  });

  it('all comes out, more than pipes hold as well, to whoever begins to read it late', async () => {
    const sealed = seal({ programs, recipients: [keys.recipient] });
    sealed.into.end(randomBytes(3_000_000));
    await once(sealed.cipher, 'readable');
    const cipher = await bytesOf(sealed.cipher);
    await sealed.done;
    expect(cipher.length).toBeGreaterThan(3_000_000);
  });
});

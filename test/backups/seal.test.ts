import { beforeAll, describe, expect, it } from 'vitest';
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
    await sealed.done;
    const cipher = await bytesOf(sealed.cipher);
    expect(cipher.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n/);
  });
});

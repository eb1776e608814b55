import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { seal } from '#backups/write/seal.ts';
import { sealingKeys } from './world.ts';

it('keeps what is small for a store that opens slowly: both programs have ended before it reads', async () => {
  const { keys, programs } = await sealingKeys();
  const sealed = seal({ programs, recipients: [keys.recipient] });
  sealed.into.end('{"objects":[]}');
  await sealed.done;
  const cipher = await buffer(sealed.cipher);
  expect(cipher.toString('latin1')).toMatch(/^age-encryption\.org\/v1/);
});

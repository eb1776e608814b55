import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyIn, ownKey } from '#actions/access/credentials/own-key.ts';
import { newKey, open, publicKeyOf, seal } from '#actions/access/credentials/seal.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const context = ['estate', '01JD0000000000000000000000', 'kubernetes/eu/maple-toys'];

describe('a sealed box', () => {
  it('opens for whom it was sealed to, whatever is in it', () => {
    const alice = newKey();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_000 }), (bytes) => {
        expect(open(alice.privateKey, context, seal(alice.publicKey, context, bytes))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });

  it('opens for nobody else, nor in the place of another grant or credential', () => {
    const [alice, bob] = [newKey(), newKey()];
    const box = seal(alice.publicKey, context, Buffer.from('a token'));
    expect(() => open(bob.privateKey, context, box)).toThrow('sealed to another key');
    expect(() => open(alice.privateKey, ['estate', 'another', 'kubernetes/eu/maple-toys'], box)).toThrow('grant');
    expect(() => open(alice.privateKey, ['estate', `${context[1]}kubernetes/eu`, '/maple-toys'], box)).toThrow('grant');
  });

  it('does not open when a single bit of it was changed, and never throws anything but a refusal in words', () => {
    const alice = newKey();
    const box = seal(alice.publicKey, context, Buffer.from('a token of some length'));
    for (const index of [12, 40, box.indexOf('.', 12) - 1, 60, box.length - 1]) {
      for (const letter of [...letters].filter((one) => one !== box[index])) {
        const other = `${box.slice(0, index)}${letter}${box.slice(index + 1)}`;
        expect(() => open(alice.privateKey, context, other), `${index} ${letter}`).toThrow('does not open');
      }
    }
    for (const nonsense of ['', '.', 'till-box-1..', 'till-box-2.a.b', `till-box-1.${'A'.repeat(43)}.AAAA`]) {
      expect(() => open(alice.privateKey, context, nonsense)).toThrow('does not open');
    }
  });

  it('is another one each time, and shows nothing of what is in it', () => {
    const alice = newKey();
    const [a, b] = [1, 2].map(() => seal(alice.publicKey, context, Buffer.from('hunter2-hunter2')));
    expect(a).not.toBe(b);
    expect(Buffer.from(a ?? '', 'base64url').includes('hunter2')).toBe(false);
  });

  it('is refused for what is no key, and for the private one, which is never to be handed over', () => {
    const { privateKey } = newKey();
    for (const key of ['', 'ssh-ed25519 AAAA', privateKey, 'till-key-1.AAAA']) {
      expect(() => seal(key, context, Buffer.from('x'))).toThrow('no public key');
    }
  });
});

describe('the key of this machine', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'till-key-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is made once, for its owner alone', () => {
    expect(keyIn(folder)).toBeNull();
    const key = ownKey(folder);
    expect(ownKey(folder)).toEqual(key);
    expect(publicKeyOf(readFileSync(join(folder, 'key'), 'utf8'))).toBe(key.publicKey);
    expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600);
  });

  it('is not used once others could have read it', () => {
    ownKey(folder);
    chmodSync(join(folder, 'key'), 0o644);
    expect(() => keyIn(folder)).toThrow('can be read by others');
  });
});

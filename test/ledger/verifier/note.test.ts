import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkpointIn, checkpointText, epochOf, originOf } from '#ledger/verifier/checkpoint.ts';
import { keyId, noteIn, openNote, verifierKey, verifierKeyText } from '#ledger/verifier/note.ts';

/** From the documentation of golang.org/x/mod/sumdb/note, which the format comes from. */
const peter = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const note =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n" +
  '\n' +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const known = (text: string) => verifierKey(text) ?? expect.fail(`no key: ${text}`);
const read = (text: string) => noteIn(text) ?? expect.fail('no note');

describe('a signed note', () => {
  it('of the reference is signed by the key of the reference', () => {
    expect(openNote(read(note), [known(peter)])).toMatchObject({ status: 'signed', by: [{ name: 'PeterNeumann' }] });
  });

  it('with another text is forged, and the whole note is refused', () => {
    const changed = note.replace('problem is.', 'problem was.');
    expect(openNote(read(changed), [known(peter)])).toEqual({ status: 'forged', id: 'c74f20a3' });
  });

  it('by keys that nobody here knows says nothing, whatever their name', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const namesake = known(verifierKeyText('PeterNeumann', raw));
    expect(openNote(read(note), [namesake])).toMatchObject({ status: 'unknown-key', ids: ['PeterNeumann+c74f20a3'] });
  });

  it('may carry signatures of others beside ours', () => {
    const witness = '— witness.example/w1 AAAAAAECAwQFBgc=\n';
    expect(openNote(read(note + witness), [known(peter)])).toMatchObject({ status: 'signed' });
  });

  it.each([
    ['no signature', note.slice(0, note.indexOf('—'))],
    ['no text end', note.replace('\n\n', '\n')],
    ['no last line break', note.slice(0, -1)],
    ['a control character', note.replace('you', 'y\u0007u')],
    ['a signature that is none', `${note}— x y\n`],
    ['a hyphen for the dash', note.replace('—', '-')],
    ['far too much', `${'x'.repeat(70_000)}\n${note}`],
  ])('is none with %s', (_, text) => {
    expect(noteIn(text)).toBeNull();
  });
});

describe('a key in a line', () => {
  it('is refused when its id is not its own, or its type another', () => {
    expect(known(peter).text).toBe(peter);
    for (const wrong of [
      peter.replace('c74f', 'c74e'),
      peter.replace('+ARpc', '+AhRp'),
      'PeterNeumann',
      '',
      `${peter}+`,
    ]) {
      expect(verifierKey(wrong)).toBeNull();
    }
  });

  it('has the id that the reference gives it', () => {
    const raw = Buffer.from(peter.split('+').slice(2).join('+'), 'base64').subarray(1);
    expect(keyId('PeterNeumann', raw)).toBe('c74f20a3');
    expect(verifierKeyText('PeterNeumann', raw)).toBe(peter);
  });

  it('belongs to the seed that the reference publishes beside it', () => {
    const seed = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1);
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    expect(read(note).signatures[0]?.bytes).toEqual(sign(null, Buffer.from(read(note).text), key));
  });
});

describe('a checkpoint', () => {
  const root = Buffer.alloc(32, 7);
  const text = checkpointText({ origin: 'till/e', size: 37, root });

  it('says whose log, how many entries, which root', () => {
    expect(text).toBe(`till/e\n37\n${root.toString('base64')}\n`);
    expect(checkpointIn({ text })).toEqual({ origin: 'till/e', size: 37, root });
    expect(checkpointIn({ text: `${text}an extension\n` })).toMatchObject({ size: 37 });
  });

  it.each([
    ['a zero in front', text.replace('37', '037')],
    ['a sign', text.replace('37', '+37')],
    ['a short root', text.replace(/.{4}=\n$/, '=\n')],
    ['no origin', text.replace('till/e', '')],
    ['an empty line', `${text}\n`],
    ['a number past all numbers', text.replace('37', '9999999999999999')],
  ])('is none with %s', (_, wrong) => {
    expect(checkpointIn({ text: wrong })).toBeNull();
  });

  it('names the log of an estate, and another one after a break', () => {
    expect([originOf('e', null), originOf('e', 101)]).toEqual(['till/e', 'till/e/epoch-101']);
    const origins = ['till/e', 'till/e/epoch-101', 'till/f', 'till/e/epoch-0', 'till/ee'];
    expect(origins.map((origin) => epochOf(origin, 'e'))).toEqual([0, 101, null, null, null]);
  });
});

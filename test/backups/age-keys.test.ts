import { describe, expect, it } from 'vitest';
import { recipientsOf, whatIsWrongWith } from '#backups/age-keys.ts';
import { newAgeKeys } from '#sandbox/backups/keys.ts';

// A pair that age-keygen 1.1.1 made.
const identity = 'AGE-SECRET-KEY-1AXULQ0T23C9XWR0X2VW4LW5C3UY8HFKE8PF2NURDRHH80UDL38UQCG9JXJ';
const recipient = 'age1s4dzpcf02vj3h5w84cwsk64uqxr37d2lfewpjtm8gdsq60nmu42sapqdcv';

describe('the recipients of an identity', () => {
  it('are those that age-keygen prints', () => {
    expect(recipientsOf(`# created: 2026-11-22\n# public key: ${recipient}\n${identity}\n`)).toEqual({
      recipients: [recipient],
      unreadable: 0,
    });
  });

  it('are one for each line that is an identity', () => {
    const [one, two] = [newAgeKeys(), newAgeKeys()];
    expect(recipientsOf(`${one.identity}\r\n\n${two.identity}`).recipients).toEqual([one.recipient, two.recipient]);
    expect(recipientsOf('a password')).toEqual({ recipients: [], unreadable: 0 });
  });

  it('are not made up where a letter is wrong: that is counted', () => {
    const wrong = `${identity.slice(0, -1)}${identity.endsWith('Q') ? 'P' : 'Q'}`;
    expect(recipientsOf(wrong)).toEqual({ recipients: [], unreadable: 1 });
  });
});

describe('a recipient', () => {
  it('that age takes has nothing wrong with it', () => {
    expect(whatIsWrongWith(recipient)).toBeNull();
  });

  it.each([
    ['a wrong letter', `${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`, /letter/],
    ['another kind of key', 'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw', /no X25519/],
  ])('with %s is told apart', (_, text, words) => {
    expect(whatIsWrongWith(text)).toMatch(words);
  });
});

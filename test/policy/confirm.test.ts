import { describe, expect, it } from 'vitest';
import { confirmationFor, isConfirmed } from '#policy/confirm.ts';

const one = { confirmWith: 'maple-toys', count: 1 };

describe('the confirmation that an action needs', () => {
  it.each([
    ['mild', one, { kind: 'none' }],
    ['moderate', one, { kind: 'yes', text: 'maple-toys' }],
    ['moderate', { confirmWith: 'pool-a', count: 1, isShared: true }, { kind: 'typed', text: 'pool-a' }],
    ['moderate', { confirmWith: 'pool-a', count: 5, isShared: true }, { kind: 'typed', text: '5 tenants' }],
    ['mild', { confirmWith: 'pool-a', count: 1, isShared: true }, { kind: 'none' }],
    ['severe', one, { kind: 'typed', text: 'maple-toys' }],
    ['severe', { confirmWith: 'pool-a', count: 1 }, { kind: 'typed', text: 'pool-a' }],
    ['severe', { confirmWith: 'maple-toys', count: 37 }, { kind: 'typed', text: '37 tenants' }],
  ] as const)('when it is %s on %o is %o', (danger, target, expected) => {
    expect(confirmationFor(danger, target)).toEqual(expected);
  });
});

describe('what was given', () => {
  it.each([
    ['nothing', 'mild', { yes: false, confirm: null }, true],
    ['nothing', 'moderate', { yes: false, confirm: null }, false],
    ['--yes', 'moderate', { yes: true, confirm: null }, true],
    ['the name', 'moderate', { yes: false, confirm: 'maple-toys' }, true],
    ['another name', 'moderate', { yes: false, confirm: 'maple-toy' }, false],
    ['--yes', 'severe', { yes: true, confirm: null }, false],
    ['another name', 'severe', { yes: true, confirm: 'maple-toy' }, false],
    ['the name in capitals', 'severe', { yes: false, confirm: 'Maple-Toys' }, false],
    ['an empty name', 'severe', { yes: false, confirm: '' }, false],
    ['the name', 'severe', { yes: false, confirm: 'maple-toys' }, true],
  ] as const)('%s for something %s', (_what, danger, given, expected) => {
    expect(isConfirmed(confirmationFor(danger, one), given)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import type { Action } from '#actions/action.ts';
import { askedFor } from '#actions/desk/line.ts';
import { wordsIn } from '#actions/desk/words-in.ts';
import { aDetail, aTenant } from '../../views/makers.ts';

describe('a line in words', () => {
  it.each([
    ['scale maple-toys --web 6', ['scale', 'maple-toys', '--web', '6']],
    ['restart a --reason "queue at the tills"', ['restart', 'a', '--reason', 'queue at the tills']],
    ["restart a --reason='it''s \"slow\"'", ['restart', 'a', '--reason=its "slow"']],
    ['freeze x --reason "not closed', ['freeze', 'x', '--reason', 'not closed']],
    ['  ', []],
  ])('%s', (line, words) => {
    expect(wordsIn(line)).toEqual(words);
  });
});

describe('what a line asks for', () => {
  const tenants = ['harbour-shoes', 'maple-toys'].map((name) => aDetail(aTenant(name)).tenant);
  const action = {
    ...{ name: 'scale', title: 'Scale', summary: '', examples: [], danger: 'moderate', target: 'tenants' },
    flags: [{ name: 'web', value: 'N', summary: '' }],
    parse: ({ web }: { readonly web?: string }) => ({ web: web ?? null }),
  } as unknown as Action;

  it('is read as the command of the same words would', () => {
    expect(askedFor(action, ['maple-toys', '--web', '6', '--reason', 'tills'], tenants)).toEqual({
      params: { web: '6' },
      tenants: [tenants[1]],
      reason: 'tills',
      ticket: null,
      incident: null,
    });
  });

  it('never means everybody when nobody is named', () => {
    expect(() => askedFor(action, ['--web', '6'], tenants)).toThrow('name the tenants to act on');
    expect(askedFor(action, ['--all', '--web', '6'], tenants).tenants).toHaveLength(2);
  });

  it.each([
    [['maple-tois'], 'there is no tenant "maple-tois"'],
    [['maple-toys', '--wbe', '6'], 'unknown flag --wbe'],
    [['maple-toys', '--yes'], 'unknown flag --yes'],
  ])('says what is wrong with %j', (typed, message) => {
    expect(() => askedFor(action, typed, tenants)).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import { paramsAsked, type Typed, tenantsAsked } from '#actions/asked.ts';
import { actionNamed } from '#actions/find-action.ts';
import { exitCodes } from '#text/till-error.ts';
import { aTenant } from './acting.ts';

function typed(words: readonly string[], flags: Readonly<Record<string, readonly string[]>> = {}): Typed {
  return {
    arguments: words,
    value: (flag) => flags[flag]?.at(-1),
    values: (flag) => flags[flag] ?? [],
    given: (flag) => flags[flag] !== undefined,
  };
}

describe('an action that stays allowed in a freeze', () => {
  const frozen = (...allow: readonly string[]) =>
    typed(['black-week'], { until: ['+4h'], reason: ['peak'], ...(allow.length === 0 ? {} : { allow }) });

  it('is one that there is, one by one or with commas', async () => {
    const freeze = await actionNamed('freeze');
    expect(paramsAsked(freeze, frozen('restart', 'scale,throttle'))).toMatchObject({
      allows: ['restart', 'scale', 'throttle'],
    });
    expect(paramsAsked(freeze, frozen())).toMatchObject({ allows: [] });
  });

  it.each([
    ['restrat', 'did you mean "restart"?'],
    ['scale,rollbak', 'did you mean "rollback"?'],
    ['dance-about', /^it is one of .*cancel-query, .*freeze, /u],
  ])('is not %s, which is refused with what was meant', async (allow, next) => {
    const freeze = await actionNamed('freeze');
    expect(() => paramsAsked(freeze, frozen(allow))).toThrow(
      expect.objectContaining({
        exit: exitCodes.usage,
        message: expect.stringContaining('till has no action "'),
        next: typeof next === 'string' ? next : expect.stringMatching(next),
      }),
    );
  });
});

describe('who is meant', () => {
  const known = [aTenant('maple-toys'), aTenant('bike-barn')];

  it('stands after the words of the action', async () => {
    const maintenance = await actionNamed('maintenance');
    expect(tenantsAsked(maintenance, typed(['on', 'bike-barn']))(known)).toEqual([known[1]]);
    expect(() => tenantsAsked(maintenance, typed(['on']))).toThrow('name the tenants to act on');
  });

  it('is nobody for an action on the estate', async () => {
    expect(tenantsAsked(await actionNamed('freeze'), typed(['black-week']))(known)).toEqual([null]);
  });
});

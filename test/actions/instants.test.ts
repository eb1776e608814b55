import { describe, expect, it } from 'vitest';
import { instantGiven, isInShiftingHours, zoneGiven } from '#actions/instants.ts';

const now = Date.parse('2026-11-27T12:00:00.400Z');

describe('an instant as a person writes it', () => {
  it.each([
    ['+4h', null, '2026-11-27T16:00:00Z'],
    ['+90s', null, '2026-11-27T12:01:30Z'],
    ['2026-11-27T06:00:00Z', null, '2026-11-27T06:00:00Z'],
    ['2026-11-27T06:00:00+01:00', null, '2026-11-27T05:00:00Z'],
    ['2026-11-27T00:00', 'Europe/Paris', '2026-11-26T23:00:00Z'],
    ['2026-07-01T00:00', 'Europe/Paris', '2026-06-30T22:00:00Z'],
    ['2026-11-27T00:00:30', 'America/New_York', '2026-11-27T05:00:30Z'],
    ['2026-11-27T00:00', 'Asia/Kolkata', '2026-11-26T18:30:00Z'],
  ])('%s in %s is %s', (text, zone, expected) => {
    expect(instantGiven(text, 'until', zone, now)).toBe(expected);
  });

  it.each([
    ['2026-10-25T02:30', 'twice'],
    ['2027-03-28T02:30', 'never'],
  ])('%s in Europe/Paris is refused: its clocks show it %s', (text, how) => {
    expect(() => instantGiven(text, 'from', 'Europe/Paris', now)).toThrow(`show ${text} ${how}`);
  });

  it('without an offset and a zone is refused', () => {
    expect(() => instantGiven('2026-11-27T06:00', 'from', null, now)).toThrow('on the clock of no zone');
  });

  it.each(['tomorrow', '2026-11-27', '2026-13-01T00:00:00Z', '+4', '-4h', ''])('"%s" is no instant', (text) => {
    expect(() => instantGiven(text, 'from', 'Europe/Paris', now)).toThrow('--from takes an instant');
  });
});

describe('an edge', () => {
  it.each([
    ['2026-11-27T01:00:00Z', 'Europe/Paris', true],
    ['2026-11-27T02:59:59Z', 'Europe/Paris', true],
    ['2026-11-27T03:00:00Z', 'Europe/Paris', false],
    ['2026-11-26T23:59:00Z', 'Europe/Paris', false],
    ['2026-11-27T06:00:00Z', 'America/New_York', true],
  ])('at %s is in the hours that clocks shift in %s: %s', (at, zone, expected) => {
    expect(isInShiftingHours(at, zone)).toBe(expected);
  });
});

it('a zone that nobody knows is refused', () => {
  expect(zoneGiven('Europe/Paris')).toBe('Europe/Paris');
  expect(() => zoneGiven('Europe/Atlantis')).toThrow('no time zone');
});

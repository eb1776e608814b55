import { describe, expect, it } from 'vitest';
import { humanDuration, selectorText } from '#sandbox/kubernetes/tables/values.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('an age in a table', () => {
  it.each([
    [-1.5 * second, '0s'],
    [-2 * second, '<invalid>'],
    [119 * second, '119s'],
    [120 * second, '2m'],
    [8 * minute + 44 * second, '8m44s'],
    [10 * minute + 44 * second, '10m'],
    [179 * minute, '179m'],
    [180 * minute, '3h'],
    [7 * hour + 5 * minute, '7h5m'],
    [47 * hour, '47h'],
    [48 * hour, '2d'],
    [2 * day + 4 * hour, '2d4h'],
    [8 * day + 4 * hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [800 * day, '2y70d'],
    [3000 * day, '8y'],
  ])('of %i ms is %s, as the server rounds it', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });
});

describe('a selector in a table', () => {
  it('is in the order of its keys, whatever they mean', () => {
    expect(selectorText(undefined)).toBe('<none>');
    expect(
      selectorText({
        matchLabels: { b: '1', a: '2' },
        matchExpressions: [
          { key: 'ab', operator: 'In', values: ['y', 'x'] },
          { key: 'c', operator: 'Exists' },
          { key: 'd', operator: 'DoesNotExist' },
        ],
      }),
    ).toBe('a=2,ab in (x,y),b=1,c,!d');
  });
});

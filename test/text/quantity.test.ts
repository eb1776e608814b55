import { describe, expect, it } from 'vitest';
import { quantity, quantityOf } from '#text/quantity.ts';

describe('a quantity', () => {
  it.each([
    ['250m', 0.25],
    ['2', 2],
    ['1.5', 1.5],
    ['2Gi', 2 ** 31],
    ['64Mi', 2 ** 26],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1e3', 1000],
    ['12E3', 12_000],
    ['3k', 3000],
    ['153042811n', 0.153042811],
    ['2E', 2e18],
    ['3Ei', 3 * 2 ** 60],
    [4, 4],
  ])('%s is %d', (text, amount) => {
    expect(quantity(text)).toBe(amount);
  });

  it.each(['', 'many', null, undefined, '1Qi', '5Gib', '1.2.3'])('%s is none', (value) => {
    expect(quantity(value)).toBe(0);
  });

  it.each([
    [1.5, false, '1500m'],
    [2, false, '2'],
    [0, false, '0'],
    [3e18, false, '3E'],
    [2 ** 30, true, '1Gi'],
    [1.5 * 2 ** 30, true, '1536Mi'],
    [2 ** 61, true, '2Ei'],
    [0, true, '0'],
  ])('%d is written as the server writes it', (amount, isBinary, written) => {
    expect(quantityOf(amount, isBinary)).toBe(written);
  });
});

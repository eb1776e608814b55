import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estateFrom } from '#estate/load.ts';
import { EstateInvalid } from '#estate/problem.ts';

/** Reads it, and holds that whatever is wrong is said with a place in the file. */
async function survives(bytes: Uint8Array): Promise<void> {
  try {
    await estateFrom(bytes, 'estate.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(EstateInvalid);
    const { problems, message } = error as EstateInvalid;
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true);
    expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u);
  }
}

const estate = {
  apiVersion: 'till/v1',
  id: '0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10',
  name: 'nordic',
  clusters: { eu: { context: 'eu' } },
  postgres: {
    pg: { user: 'till', password: { env: 'X' }, via: { cluster: 'eu', namespace: 'a', service: 'b', port: 1 } },
  },
  redis: { r: { sentinel: { master: 'm', hosts: ['a:1'] } } },
  fronts: { edge: { address: 'a:443' } },
  tiers: { critical: { rpo: '5m', thresholds: { x: { warn: 1 } } } },
  tenants: [{ name: 'a', tier: 'critical', thresholds: {} }],
  discover: [{ cluster: 'eu', selector: 'a=b', labels: { tier: 't' }, defaults: { host: '{tenant}' } }],
  calendar: [
    { name: 'c', from: '2026-11-27T00:00:00Z', until: '2026-11-28T00:00:00Z', scope: { tiers: ['critical'] } },
  ],
};

/** Every place in the estate, as the keys that lead there. */
function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  return typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))]
    : [path];
}

function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) {
    return to;
  }
  if (Array.isArray(value)) {
    return value.map((one: unknown, index) => (String(index) === key ? changed(one, rest, to) : one));
  }
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [key]: changed(fields[key], rest, to) };
}

describe('an estate file of any content', () => {
  it('with anything at all in any one place is read or refused with reasons', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...placesIn(estate)),
        fc.oneof(
          fc.jsonValue(),
          fc.constantFrom<unknown>([], {}, null, '', [[]], { __proto__: 1 }, '\u001b[2J', '\u202e'),
        ),
        async (path, to) => {
          const text = JSON.stringify(changed(estate, path, to));
          await survives(new TextEncoder().encode(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('made of any bytes or any YAML punctuation is refused with reasons', async () => {
    const punctuation = fc.string({ unit: fc.constantFrom(...'ab:-?[]{},&*!|>\'"%@#\n\t \u0000') });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          punctuation.map((text) => new TextEncoder().encode(text)),
        ),
        survives,
      ),
      { numRuns: 500 },
    );
  });
});

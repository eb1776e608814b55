import { describe, expect, it } from 'vitest';
import { estateJsonSchema } from '#estate/json-schema.ts';
import { estateFrom } from '#estate/load.ts';
import { starterText } from '#estate/starter.ts';
import { thresholdFor } from '#estate/thresholds.ts';
import type { Threshold } from '#health/status.ts';

describe('the JSON Schema', () => {
  it('describes what a person writes: durations as text, closed objects, required keys', async () => {
    const schema = await estateJsonSchema();
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['apiVersion', 'id', 'name'],
      additionalProperties: false,
    });
    expect(JSON.stringify(schema)).toContain('"description":"The label whose value names the tenant"');
    expect(JSON.stringify(schema)).toContain('"rpo":{"type":"string","pattern":');
  });
});

describe('the starter file', () => {
  const contexts = [
    { name: 'arn:aws:eks:eu:1:cluster/eu-prod', server: 'https://10.0.0.1', namespace: null },
    { name: 'arn:aws:eks:us:1:cluster/eu-prod', server: null, namespace: null },
    { name: 'odd "name": #', server: 'https://x\ny', namespace: 'shops' },
  ];
  const starter = (chosen: readonly string[]) =>
    starterText({ id: '0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10', name: 'nordic', contexts, chosen });
  const read = (text: string) => estateFrom(new TextEncoder().encode(text), 'estate.yaml');

  it('is valid as it stands, with any contexts chosen', async () => {
    for (const chosen of [[], [contexts[0]?.name ?? ''], contexts.map(({ name }) => name)]) {
      const estate = await read(starter(chosen));
      expect(Object.values(estate.clusters).map(({ context }) => context)).toEqual(chosen);
      expect(estate).toMatchObject({ name: 'nordic', mode: 'READ-ONLY' });
      expect(estate.discover).toHaveLength(chosen.length === 0 ? 0 : 1);
    }
  });

  it('is valid too once everything that stands as a comment is let in', async () => {
    const estate = await read(starter([contexts[0]?.name ?? '']).replace(/^#(?! \S)/gmu, ''));
    expect(Object.keys(estate.clusters)).toEqual(['eu-prod', 'eu-prod-2', 'odd-name']);
    expect(Object.keys(estate.postgres)).toEqual(['pg-1', 'pg-2']);
    expect(estate.tenants.map(({ name }) => name)).toEqual(['harbour-shoes']);
  });
});

describe('the threshold of a signal for a tenant', () => {
  const threshold: Threshold = { direction: 'above', warn: 60, critical: 300 };
  const signal = { name: 'long-transaction', unit: 'seconds', threshold };

  it.each([
    [undefined, {}, { warn: 60, critical: 300 }],
    [{ 'long-transaction': { warn: 10 } }, {}, { warn: 10, critical: 300 }],
    [
      { 'long-transaction': { warn: 10, critical: 20 } },
      { 'long-transaction': { critical: 5 } },
      { warn: 10, critical: 5 },
    ],
    [{ other: { warn: 1 } }, { other: { warn: 1 } }, { warn: 60, critical: 300 }],
    [undefined, { 'long-transaction': { warn: 0 } }, { warn: 0, critical: 300 }],
  ])('tier %j, tenant %j', (tier, tenant, expected) => {
    expect(thresholdFor(signal, tier, tenant)).toEqual({ direction: 'above', ...expected });
  });

  it.each([
    ['seconds', 2],
    ['milliseconds', 2000],
  ])('brings a duration into %s', (unit, warn) => {
    const slow = { 'login-page': { warn: { seconds: 2 } } };
    expect(thresholdFor({ name: 'login-page', unit, threshold }, undefined, slow)?.warn).toBe(warn);
  });

  it('is none where the signal has none', () => {
    expect(thresholdFor({ name: 'x', unit: 'count', threshold: null }, { x: { warn: 1 } }, {})).toBeNull();
  });
});

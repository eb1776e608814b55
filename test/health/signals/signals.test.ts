import { describe, expect, it } from 'vitest';
import { signals } from '#health/signals/index.ts';

/** Whatever holds a secret, or a person: no signal may ever ask for it, and no grant may open it. */
const forbidden =
  /pass|secret|token|hash|email|phone|street|partner|vat|reference|amount|body|subject|^value$|^key$|args|kwargs|exc_info|exc_message|result/;

const columns = signals.flatMap((signal) =>
  signal.from === 'database'
    ? Object.entries(signal.query.columns).flatMap(([table, names]) => names.map((name) => ({ table, name })))
    : [],
);

describe('the signals', () => {
  it('are there, in all three layers', () => {
    expect(signals.length).toBeGreaterThan(30);
    expect(new Set(signals.map(({ layer }) => layer))).toEqual(new Set(['platform', 'application', 'business']));
  });

  it('have names of their own, as an estate writes them', () => {
    const names = signals.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
  });

  it('share a read by being given the same one, never another of the same name', () => {
    const reads = new Set(signals.flatMap((signal) => ('query' in signal ? [signal.query] : [])));
    const keys = signals.flatMap((signal) => ('query' in signal ? [`${signal.from}/${signal.query.name}`] : []));
    expect(new Set(keys).size).toBe(reads.size);
  });

  it('wait no longer for an answer than until they ask again', () => {
    const asked = signals.flatMap((signal): readonly { every: number; deadlineMs: number }[] =>
      'query' in signal ? [signal.query] : 'probe' in signal ? [signal.probe] : [],
    );
    expect(asked.filter(({ every, deadlineMs }) => deadlineMs > every * 1000)).toEqual([]);
  });

  it('ask for no secret and no person', () => {
    expect(columns.length).toBeGreaterThan(40);
    expect(columns.filter(({ name }) => forbidden.test(name))).toEqual([]);
    expect(columns.filter(({ table }) => /users|partner|config_parameter|attachment|mail_server/.test(table))).toEqual(
      [],
    );
  });

  it('have a critical bound that is worse than their warning', () => {
    const wrong = signals.filter(({ threshold }) => {
      const { direction, warn, critical } = threshold ?? { direction: 'above', warn: null, critical: null };
      return warn !== null && critical !== null && (direction === 'above' ? critical < warn : critical > warn);
    });
    expect(wrong).toEqual([]);
  });
});

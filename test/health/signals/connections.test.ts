import { describe, expect, it } from 'vitest';
import { type Connections, connections } from '#health/queries/connections.ts';
import { signal } from '#health/signals/connections.ts';
import { reading, says } from './makers.ts';

const server = (used: number, databases: Connections['databases'] = {}): Connections => ({
  used,
  usable: 100,
  databases: { maple_toys: { used: used - 1, limit: null, open: true }, ...databases },
});

describe('connections', () => {
  it('grades the share of places that are not kept for superusers', () => {
    expect(says(signal, server(79))).toBe('ok: 79 of 100 connections used, most by maple_toys (78)');
    expect(says(signal, server(80))).toBe('warn: 80 of 100 connections used, most by maple_toys (79)');
    expect(says(signal, server(95))).toBe('critical: 95 of 100 connections used, most by maple_toys (94)');
  });

  it('is a cause that the tenants of a server share, unless the limit is the database’s own', () => {
    expect(reading(signal, server(96))?.cause).toBe('postgres/pg-1');
    const own = reading(signal, server(50, { harbour_shoes: { used: 10, limit: 10, open: true } }));
    expect(own).toMatchObject({ grade: 'critical', message: "10 of this database's 10 connections used" });
    expect(own?.cause).toBeUndefined();
  });

  it('looks at the server where that is fuller than the database', () => {
    expect(says(signal, server(90, { harbour_shoes: { used: 2, limit: 10, open: true } }))).toMatch(/^warn: 90 of 100/);
  });

  it('is critical for a database that lets nobody in', () => {
    expect(says(signal, server(1, { harbour_shoes: { used: 0, limit: null, open: false } }))).toBe(
      'critical: database harbour_shoes takes no connections',
    );
  });

  it('is not taken in by a database named like a part of JavaScript', () => {
    expect(says(signal, server(1), { tenant: { database: 'constructor' } as never })).toMatch(/^ok: 1 of 100/);
  });

  it('takes 16’s reserve from the places too', () => {
    const row = { datname: 'a', used: 4, datconnlimit: -1, open: true, max: 20, su_reserved: 3, reserved: 2 };
    expect(connections.parse([row], {} as never)).toMatchObject({ used: 4, usable: 15 });
  });
});

import { describe, expect, it } from 'vitest';
import { crossingBlockers, seriesOfImage, seriesOfVersion } from '#actions/kubernetes/odoo-series.ts';

describe('the Odoo series', () => {
  it('of an image stands in its tag', () => {
    expect(seriesOfImage('registry.example.com:5000/retail/odoo:17.0-2.4.1')).toBe('17.0');
    expect(seriesOfImage('odoo:18')).toBe('18.0');
    expect(seriesOfImage('odoo:16.0@sha256:0123')).toBe('16.0');
    expect(seriesOfImage('odoo:latest')).toBeNull();
    expect(seriesOfImage('odoo@sha256:1700')).toBeNull();
    expect(seriesOfImage('odoo:1700')).toBeNull();
  });

  it('of a database is what its base module was brought to', () => {
    expect(seriesOfVersion('17.0.1.3')).toBe('17.0');
    expect(seriesOfVersion(null)).toBeNull();
  });
});

describe('going back by the image alone', () => {
  const databases = (series: string | null) => ({ maple_toys: series });

  it('is fine while the database is of the older image', () => {
    expect(crossingBlockers({ from: '17.0', to: '17.0', databases: databases('17.0') })).toEqual([]);
    expect(crossingBlockers({ from: '18.0', to: '17.0', databases: databases('17.0') })).toEqual([]);
    expect(crossingBlockers({ from: '17.0', to: '17.0', databases: databases(null) })).toEqual([]);
  });

  it('is refused once the database was upgraded, or when nobody can tell', () => {
    expect(crossingBlockers({ from: '18.0', to: '17.0', databases: databases('18.0') })).toMatchObject([
      { by: 'database maple_toys', wayOut: expect.stringContaining('restore the snapshot') },
    ]);
    expect(crossingBlockers({ from: '18.0', to: '17.0', databases: databases(null) })).toMatchObject([
      { by: 'Odoo 18.0' },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { localHour, usualPace } from '#sandbox/curve.ts';
import { sandboxTenants } from '#sandbox/tenants.ts';

describe('the curve of a shop', () => {
  it('follows the hour and the weekday where the shop is', () => {
    const saturdayNoon = Date.UTC(2026, 10, 21, 11);
    expect(localHour(saturdayNoon, 'Europe/Stockholm')).toEqual({ weekday: 6, hour: 12 });
    expect(localHour(saturdayNoon, 'Asia/Tokyo')).toEqual({ weekday: 6, hour: 20 });
  });

  it('has somebody selling at tills whenever one looks', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => Date.UTC(2026, 10, 18, hour));
    for (const at of hours) {
      const open = sandboxTenants(12).filter((tenant) => usualPace(tenant, at).tills > 0);
      expect(open.length, new Date(at).toISOString()).toBeGreaterThan(1);
    }
  });

  it('never falls so low in the webshop that nothing can be said of it', () => {
    const week = Array.from({ length: 7 * 24 }, (_, hour) => Date.UTC(2026, 10, 16) + hour * 3_600_000);
    for (const tenant of sandboxTenants(12)) {
      expect(Math.min(...week.map((at) => 15 * usualPace(tenant, at).web))).toBeGreaterThan(10);
    }
  });
});

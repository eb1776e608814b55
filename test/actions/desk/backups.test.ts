import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backupsDesk } from '#actions/desk/backups.ts';
import type { BackupsView } from '#actions/desk/backups-port.ts';
import type { ReadBackups } from '#actions/desk/read-for-console.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import { aBackupsView, aCatalogueEntry } from '../../views/backups-made.ts';
import { anOperation } from '../../views/desks.ts';
import { blackFriday } from '../../views/makers.ts';

beforeEach(() => void vi.useFakeTimers({ now: blackFriday }));
afterEach(() => void vi.useRealTimers());

const shop = { name: 'maple-toys', postgres: 'pg-1', tier: 'standard' } as Tenant;

function read(change: Parameters<typeof aBackupsView>[1] = {}): ReadBackups {
  const { picture } = aBackupsView({ 'maple-toys': 'standard' }, change);
  if (picture === null) {
    throw new Error('there is a picture');
  }
  return { picture, drills: [] };
}

const away = { failures: [{ source: 'store vault', message: 'vault does not answer' }] };

function opened(
  answers: readonly (() => Promise<ReadBackups>)[],
  { tenants = () => [shop] as readonly Tenant[] } = {},
) {
  const views: BackupsView[] = [];
  let asked = 0;
  const desk = backupsDesk({
    estate: {
      backups: { store: 'vault' },
      otherBackups: [],
      tiers: { standard: { rpo: 86_400, backup: { every: 86_400, drill: 2_592_000 } } },
    } as unknown as Estate,
    clock: { now: () => Date.now(), monotonic: () => Date.now() },
    tenants,
    read: () => {
      asked += 1;
      return answers[Math.min(asked, answers.length) - 1]?.() ?? Promise.reject(new Error('nothing was to be read'));
    },
  });
  desk.follow((view) => views.push(view));
  return { desk, asked: () => asked, last: () => views.at(-1) };
}

describe('the backups of a console', () => {
  it('are read soon after it opened, and then so slowly that no store notices', async () => {
    const { desk, asked, last } = opened([async () => read({ ours: [aCatalogueEntry('maple-toys', 60)] })]);
    expect(asked()).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked()).toBe(1);
    expect(last()).toMatchObject({ isReading: false, away: null, drillEvery: { standard: 2_592_000 } });
    await vi.advanceTimersByTimeAsync(9 * 60_000);
    expect(asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(asked()).toBe(2);
    desk.close();
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(asked()).toBe(2);
  });

  it('stay as they were while the store is away, which is said with the age of what is shown', async () => {
    const known = [aCatalogueEntry('maple-toys', 60)];
    const { desk, last } = opened([async () => read({ ours: known }), async () => read(away)]);
    await vi.advanceTimersByTimeAsync(2_000);
    const readAt = last()?.storeReadAt;
    desk.read();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(last()).toMatchObject({ away: 'vault does not answer', storeReadAt: readAt });
    expect(last()?.picture?.ours).toEqual(known);
    expect(last()?.picture?.standings[0]?.rpoMet).toBe(true);
  });

  it('are not known where the store was away from the beginning', async () => {
    const { last } = opened([async () => read(away)]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(last()).toMatchObject({ away: 'vault does not answer', storeReadAt: null });
  });

  it('are read again when an operation that changes them has ended, even while they are being read', async () => {
    const slow = Promise.withResolvers<ReadBackups>();
    const { desk, asked } = opened([async () => read(), () => slow.promise, async () => read()]);
    await vi.advanceTimersByTimeAsync(2_000);
    desk.noticed([anOperation({ operation: 'a', action: 'backup' }), anOperation({ operation: 'b', action: 'scale' })]);
    desk.noticed([anOperation({ operation: 'a', action: 'backup' })]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked()).toBe(1);
    desk.noticed([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked()).toBe(2);
    desk.read();
    slow.resolve(read());
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked()).toBe(3);
  });

  it('are read again for tenants that were found since', async () => {
    let tenants: readonly Tenant[] = [];
    const { desk, asked, last } = opened([async () => read()], { tenants: () => tenants });
    await vi.advanceTimersByTimeAsync(2_000);
    tenants = [shop];
    desk.noticed([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked()).toBe(2);
    expect(last()?.servers.get('maple-toys')).toBe('pg-1');
  });

  it('say why they could not be read at all, and are tried again', async () => {
    const { last, asked } = opened([() => Promise.reject(new Error('the \u001b[2Jdisk is full')), async () => read()]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(last()).toMatchObject({ picture: null, away: 'the disk is full', isReading: false });
    await vi.advanceTimersByTimeAsync(11 * 60_000);
    expect(asked()).toBe(2);
    expect(last()).toMatchObject({ away: null });
  });
});

import type { TenantStatus } from '#health/status.ts';
import type { Picture, TenantDetail } from '#health/watcher.ts';
import {
  aCron,
  aDetail,
  ago,
  aLayer,
  aPicture,
  aPod,
  aQueueRow,
  aSession,
  aSignal,
  aTenant,
  aWorkload,
  blackFriday,
  ready,
} from './makers.ts';

const blocked =
  '14 sessions blocked 3m12s by 8812 UPDATE stock_quant SET reserved_quantity = reserved_quantity + 1 WHERE id IN (…)';

export const harbourShoes: TenantStatus = aTenant('harbour-shoes', {
  tier: 'critical',
  retailer: 'harbour',
  layers: {
    platform: aLayer('critical', { signal: 'blocked-sessions', message: blocked }),
    application: aLayer('warn', { signal: 'queue-waiting', message: '312 jobs waiting, oldest 6m' }),
    business: aLayer('critical', { signal: 'orders', message: '2 orders in 15 minutes, 61 expected' }),
  },
  orders: [22, 21, 22, 19, 17, 15, 9, 4, 2, 1, 1, 0],
  signals: [
    aSignal({
      name: 'blocked-sessions',
      layer: 'platform',
      grade: 'critical',
      value: 14,
      threshold: { direction: 'above', warn: 1, critical: 5 },
      message: blocked,
    }),
    aSignal({
      name: 'workloads-ready',
      layer: 'platform',
      value: 100,
      unit: 'percent',
      threshold: { direction: 'below', warn: 99, critical: 50 },
      message: '5 of 5 pods ready',
      source: 'kubernetes/eu-prod',
    }),
    aSignal({
      name: 'longest-transaction',
      layer: 'platform',
      grade: 'warn',
      value: 192,
      unit: 'seconds',
      threshold: { direction: 'above', warn: 120, critical: 600 },
      message: 'pid 8812 idle in transaction for 3m12s',
    }),
    aSignal({
      name: 'connections',
      layer: 'platform',
      value: 61.4,
      unit: 'percent',
      threshold: { direction: 'above', warn: 80, critical: 95 },
      message: '184 of 300 connections',
    }),
    aSignal({
      name: 'redis-memory',
      layer: 'platform',
      value: 412_000_000,
      unit: 'bytes',
      message: '393 MiB of 1 GiB',
      source: 'redis/redis-1',
    }),
    aSignal({
      name: 'queue-waiting',
      layer: 'application',
      grade: 'warn',
      value: 312,
      threshold: { direction: 'above', warn: 200, critical: 2000 },
      message: '312 jobs waiting, oldest 6m',
    }),
    aSignal({
      name: 'login-page',
      layer: 'application',
      value: 212,
      unit: 'milliseconds',
      threshold: { direction: 'above', warn: 1500, critical: 5000 },
      message: '200 in 212 ms',
      source: 'odoo/edge',
    }),
    aSignal({
      name: 'mail-failed',
      layer: 'application',
      grade: 'unknown',
      reason: 'forbidden',
      value: null,
      message: 'may not read mail_mail.state: run `till estate grants`',
      observedAt: null,
    }),
    aSignal({
      name: 'orders',
      layer: 'business',
      grade: 'critical',
      value: 2,
      threshold: { direction: 'below', warn: 40, critical: 10 },
      message: '2 orders in 15 minutes, 61 expected on a Friday at this hour',
    }),
    aSignal({
      name: 'silent-tills',
      layer: 'business',
      grade: 'unknown',
      reason: 'no-baseline',
      value: null,
      message: 'no history for this hour yet',
    }),
  ],
});

/** The estate of the first journey: 09:41 on Black Friday. */
export function nordic(): Picture {
  const tenants = [
    harbourShoes,
    aTenant('maple-toys', {
      layers: {
        platform: aLayer('ok'),
        application: aLayer('critical', { message: 'cron "Process queue" overdue 41m' }),
        business: aLayer('warn', { message: '12 orders in 15 minutes, 20 expected' }),
      },
      orders: [5, 4, 5, 4, 3, 3, 3, 3, 2, 3, 2, 2],
      observedAt: ago(4),
    }),
    aTenant('kaffe-te', {
      tier: 'basic',
      layers: {
        platform: aLayer('unknown', {
          reason: 'unreachable',
          message: 'pg-eu-2 unreachable since 09:38, last seen 3m ago',
        }),
        application: aLayer('unknown', { reason: 'unreachable' }),
        business: aLayer('unknown', { reason: 'unreachable' }),
      },
      orders: null,
      observedAt: ago(190),
    }),
    aTenant('cedar-home', {
      tier: 'critical',
      frozen: { name: 'black-week', until: '2026-11-30T06:00:00Z', reason: 'Black week' },
      layers: {
        platform: aLayer('warn', { message: 'HPA odoo-web at its maximum, 12 of 12' }),
        application: aLayer('ok'),
        business: aLayer('ok'),
      },
      observedAt: ago(1),
    }),
    aTenant('north-outdoor', { message: '', orders: [12, 14, 13, 16, 15, 17, 16, 18, 17, 19, 20, 21] }),
    aTenant('lumen-books', {
      layers: { platform: aLayer('ok'), application: aLayer('ok'), business: null },
      orders: null,
    }),
    aTenant('atelier-nine', { hosting: 'shared', namespace: 'pool-a', tier: 'basic' }),
    aTenant('bike-barn'),
    aTenant('olive-kitchen', { tier: 'critical' }),
    aTenant('pixel-games', { orders: [1, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0, 1] }),
    aTenant('sol-garden', { tier: 'basic', cluster: 'eu-stage' }),
    aTenant('tiny-steps', { tier: 'basic' }),
  ];
  return aPicture(tenants, {
    causes: [
      {
        cause: 'postgres/pg-eu-2',
        signal: 'postgres-reachable',
        grade: 'unknown',
        message: 'connection refused since 09:38',
        tenants: ['kaffe-te', 'shop-0014', 'shop-0015', 'shop-0016', 'shop-0017', 'shop-0018'],
      },
    ],
    sources: [
      { source: 'kubernetes/eu-prod/pods', phase: 'live', lastHeardAt: blackFriday - 1000, message: null },
      { source: 'postgres/pg-1', phase: 'live', lastHeardAt: blackFriday - 3000, message: null },
      { source: 'postgres/pg-eu-2', phase: 'unreachable', lastHeardAt: blackFriday - 190_000, message: 'refused' },
      { source: 'redis/redis-1', phase: 'live', lastHeardAt: blackFriday - 2000, message: null },
      { source: 'odoo/edge', phase: 'live', lastHeardAt: blackFriday - 2000, message: null },
    ],
  });
}

/** harbour-shoes from near: who waits for whom, what runs, what is late. */
export function harbourShoesDetail(): TenantDetail {
  return aDetail(harbourShoes, {
    workloads: ready(
      aWorkload('odoo-web', { replicas: 3, ready: 3, updated: 3 }),
      aWorkload('odoo-cron', { replicas: 1, ready: 1, updated: 1 }),
      aWorkload('odoo-queue', {
        replicas: 2,
        ready: 1,
        updated: 2,
        conditions: [
          {
            type: 'Available',
            status: 'False',
            reason: 'MinimumReplicasUnavailable',
            message: 'Deployment does not have minimum availability.',
            changedAt: null,
          },
        ],
      }),
    ),
    pods: ready(
      aPod('odoo-web-7c9d8b6f4-2xkzp'),
      aPod('odoo-web-7c9d8b6f4-9mfqd'),
      aPod('odoo-web-7c9d8b6f4-tl5rs', { restarts: 2 }),
      aPod('odoo-cron-5b7f6c9d8-hq2vw'),
      aPod('odoo-queue-66d4c8b9f-p8n4x'),
      aPod('odoo-queue-66d4c8b9f-zz9ab', {
        status: 'CrashLoopBackOff',
        ready: false,
        containersReady: 0,
        restarts: 17,
        lastTermination: { container: 'odoo', reason: 'OOMKilled', exitCode: 137, finishedAt: blackFriday - 45_000 },
      }),
    ),
    sessions: ready(
      aSession(8812, {
        state: 'idle in transaction',
        transactionSeconds: 192,
        stateSeconds: 190,
        query: 'UPDATE stock_quant SET reserved_quantity = reserved_quantity + 1 WHERE id IN (4, 8, 15, 16, 23, 42)',
        application: 'odoo-17.0 stock import',
      }),
      aSession(9001, {
        blockedBy: [8812],
        wait: 'Lock: transactionid',
        transactionSeconds: 188,
        query: 'UPDATE stock_quant SET quantity = 4 WHERE id = 8',
      }),
      aSession(9002, {
        blockedBy: [8812, 9001],
        wait: 'Lock: tuple',
        transactionSeconds: 171,
        query: 'UPDATE stock_quant SET quantity = 5 WHERE id = 8',
      }),
      aSession(9003, {
        blockedBy: [9001],
        wait: 'Lock: transactionid',
        transactionSeconds: 90,
        query: 'SELECT id FROM stock_quant WHERE id = 15 FOR UPDATE',
      }),
      aSession(7001, { state: 'idle', transactionSeconds: null, query: 'COMMIT' }),
      aSession(7002, {
        transactionSeconds: 2,
        query: 'SELECT "sale_order".id FROM "sale_order" WHERE state = \'sale\' ORDER BY date_order DESC LIMIT 80',
      }),
    ),
    crons: ready(
      aCron(11, 'Inventory: Run Scheduler', {
        lateSeconds: 2460,
        nextCall: ago(2460),
        lastCall: ago(6060),
        failures: 3,
      }),
      aCron(4, 'Mail: Email Queue Manager', { lateSeconds: 20 }),
      aCron(7, 'Payment: Post-process transactions'),
    ),
    queue: ready(
      aQueueRow('failed', 4, { oldestSeconds: 7200 }),
      aQueueRow('started', 4),
      aQueueRow('pending', 312, { channel: 'root.stock', oldestSeconds: 360 }),
    ),
  });
}

/** Many tenants with some trouble among them, for benchmarks: the same ones every time. */
export function manyTenants(count: number): readonly TenantStatus[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `shop-${String(index + 1).padStart(4, '0')}`;
    const grade = index % 97 === 0 ? 'critical' : index % 31 === 0 ? 'warn' : 'ok';
    return aTenant(name, {
      tier: (['critical', 'standard', 'basic'] as const)[index % 3] ?? 'basic',
      layers: {
        platform: aLayer(grade, {
          message:
            grade === 'ok' ? '' : `${index % 40} sessions blocked ${index % 9}m by ${8000 + index} UPDATE stock_quant`,
        }),
        application: aLayer('ok'),
        business: aLayer(index % 53 === 0 ? 'warn' : 'ok', { message: `${index % 7} orders in 15 minutes` }),
      },
      orders: Array.from({ length: 12 }, (_, slot) => (index * 7 + slot * 13) % 23),
    });
  }).sort((a, b) => rank(a) - rank(b));
}

function rank({ grade }: TenantStatus): number {
  return ['critical', 'unknown', 'warn', 'ok'].indexOf(grade);
}

// Written by scripts/registry.ts: one line for each file in this folder. Do not edit.
import type { Signal } from '../signal.ts';
import { signal as archiverFailing } from './archiver-failing.ts';
import { signal as blockedSessions } from './blocked-sessions.ts';
import { signal as connections } from './connections.ts';
import { signal as cronsFailing } from './crons-failing.ts';
import { signal as cronsOverdue } from './crons-overdue.ts';
import { signal as deadlocks } from './deadlocks.ts';
import { signal as hpaAtMaximum } from './hpa-at-maximum.ts';
import { signal as loginPage } from './login-page.ts';
import { signal as longestTransaction } from './longest-transaction.ts';
import { signal as mailFailed } from './mail-failed.ts';
import { signal as modulesHalfUpgraded } from './modules-half-upgraded.ts';
import { signal as nodePressure } from './node-pressure.ts';
import { signal as ordersRate } from './orders-rate.ts';
import { signal as paymentsPending } from './payments-pending.ts';
import { signal as paymentsUnprocessed } from './payments-unprocessed.ts';
import { signal as pickingsLate } from './pickings-late.ts';
import { signal as podRestarts } from './pod-restarts.ts';
import { signal as posSyncLag } from './pos-sync-lag.ts';
import { signal as postgresReachable } from './postgres-reachable.ts';
import { signal as queueJobsFailed } from './queue-jobs-failed.ts';
import { signal as queueJobsStuck } from './queue-jobs-stuck.ts';
import { signal as queueJobsWaiting } from './queue-jobs-waiting.ts';
import { signal as redisEvictions } from './redis-evictions.ts';
import { signal as redisLastSave } from './redis-last-save.ts';
import { signal as redisMemory } from './redis-memory.ts';
import { signal as redisRefusedWrites } from './redis-refused-writes.ts';
import { signal as redisReplicaLink } from './redis-replica-link.ts';
import { signal as replicationLag } from './replication-lag.ts';
import { signal as rolloutStuck } from './rollout-stuck.ts';
import { signal as silentTills } from './silent-tills.ts';
import { signal as webHealth } from './web-health.ts';
import { signal as websocket } from './websocket.ts';
import { signal as workloadsReady } from './workloads-ready.ts';
import { signal as wraparound } from './wraparound.ts';

export const signals: readonly Signal[] = [
  archiverFailing,
  blockedSessions,
  connections,
  cronsFailing,
  cronsOverdue,
  deadlocks,
  hpaAtMaximum,
  loginPage,
  longestTransaction,
  mailFailed,
  modulesHalfUpgraded,
  nodePressure,
  ordersRate,
  paymentsPending,
  paymentsUnprocessed,
  pickingsLate,
  podRestarts,
  posSyncLag,
  postgresReachable,
  queueJobsFailed,
  queueJobsStuck,
  queueJobsWaiting,
  redisEvictions,
  redisLastSave,
  redisMemory,
  redisRefusedWrites,
  redisReplicaLink,
  replicationLag,
  rolloutStuck,
  silentTills,
  webHealth,
  websocket,
  workloadsReady,
  wraparound,
];

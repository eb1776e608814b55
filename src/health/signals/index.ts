// Written by scripts/registry.ts: one line for each file in this folder. Do not edit.
import type { Signal } from '../signal.ts';
import { signal as blockedSessions } from './blocked-sessions.ts';
import { signal as connections } from './connections.ts';
import { signal as cronsOverdue } from './crons-overdue.ts';
import { signal as loginPage } from './login-page.ts';
import { signal as modulesHalfUpgraded } from './modules-half-upgraded.ts';
import { signal as ordersRate } from './orders-rate.ts';
import { signal as workloadsReady } from './workloads-ready.ts';

export const signals: readonly Signal[] = [
  blockedSessions,
  connections,
  cronsOverdue,
  loginPage,
  modulesHalfUpgraded,
  ordersRate,
  workloadsReady,
];

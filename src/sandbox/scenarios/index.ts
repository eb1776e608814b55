import { badRelease } from './bad-release.ts';
import { crashLoop } from './crash-loop.ts';
import { cronBacklog } from './cron-backlog.ts';
import { lockStorm } from './lock-storm.ts';
import { paymentStuck } from './payment-stuck.ts';
import { redisPressure } from './redis-pressure.ts';
import type { Scenario } from './scenario.ts';
import { silentTills } from './silent-tills.ts';

export const scenarios: readonly Scenario[] = [
  lockStorm,
  redisPressure,
  crashLoop,
  badRelease,
  cronBacklog,
  silentTills,
  paymentStuck,
];

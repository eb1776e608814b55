import { lockStorm } from './lock-storm.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [lockStorm];

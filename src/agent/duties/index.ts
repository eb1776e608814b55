import type { AgentDuty } from '../duty.ts';
import { duty as checkpoints } from './checkpoints.ts';
import { duty as end } from './end.ts';
import { duty as freezeLabels } from './freeze-labels.ts';
import { duty as lapse } from './lapse.ts';
import { duty as mint } from './mint.ts';
import { duty as reconcile } from './reconcile.ts';
import { duty as sweep } from './sweep.ts';

/** Ending first: taking away is never to wait for giving. */
export const duties: readonly AgentDuty[] = [end, mint, lapse, checkpoints, freezeLabels, reconcile, sweep];

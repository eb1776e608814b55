import { openedBackups, openedTenantBackups } from '../backups/moves.ts';
import { openedDrills } from '../drills/moves.ts';
import { tenantMistake, tenantNames } from './tenants.ts';
import type { PaletteWord } from './words.ts';

/** `:backups`, `:drills`: as on the command line, of everybody or of one tenant. */
export const backupWords: readonly PaletteWord[] = [
  {
    name: 'backups',
    title: 'how old, how well proven, what is owed; of one tenant: every backup of it',
    argument: { name: 'TENANT', required: false, candidates: tenantNames },
    run: (hands, argument) => {
      const mistake = tenantMistake(hands.state(), argument);
      if (mistake === null) {
        const state = hands.state();
        hands.set(argument === '' ? openedBackups(state) : openedTenantBackups(state, argument));
        hands.acting.readBackups(0);
      }
      return mistake;
    },
  },
  {
    name: 'drills',
    title: 'what rehearsed recoveries took, against what the tier promises',
    argument: { name: 'TENANT', required: false, candidates: tenantNames },
    run: (hands, argument) => {
      const mistake = tenantMistake(hands.state(), argument);
      if (mistake === null) {
        hands.set(openedDrills(hands.state(), argument === '' ? null : argument));
        hands.acting.readBackups(0);
      }
      return mistake;
    },
  },
];

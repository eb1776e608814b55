import { moveOperation, selectedOperation } from '../operations/moves.ts';
import type { Binding } from './binding.ts';
import { backKey, movingKeys } from './rows.ts';

/** Keys of the list of operations. */
export const operationsBindings: readonly Binding[] = [
  {
    id: 'operation-entries',
    keys: ['enter', 'right', 'l'],
    title: 'What the ledger has on this operation',
    hint: 'entries',
    where: 'operations',
    disabledReason: (state) => (selectedOperation(state) === undefined ? 'nothing has been done yet' : null),
    run: (hands) => {
      const row = selectedOperation(hands.state());
      if (row !== undefined) {
        hands.acting.openLedger(row.operation);
      }
    },
  },
  {
    id: 'stop-operation',
    keys: ['x'],
    title: 'Ask this operation to end between two steps',
    hint: 'stop',
    where: 'operations',
    disabledReason: (state) => (selectedOperation(state)?.endedAt === null ? null : 'it does not run'),
    run: (hands) => {
      const row = selectedOperation(hands.state());
      if (row !== undefined) {
        hands.acting.stop(row.operation);
      }
    },
  },
  {
    id: 'undo-operation',
    keys: ['u'],
    title: 'Plan the way back from this operation',
    hint: 'undo',
    where: 'operations',
    disabledReason: (state) => {
      const row = selectedOperation(state);
      if (row === undefined) {
        return 'nothing has been done yet';
      }
      return row.endedAt === null
        ? 'it still runs; x stops it'
        : row.status === 'refused' || row.status === 'absent'
          ? 'nothing was written that could be undone'
          : null;
    },
    run: (hands) => {
      const row = selectedOperation(hands.state());
      if (row !== undefined) {
        hands.acting.undo(row.operation);
      }
    },
  },
  backKey('operations'),
  ...movingKeys('operations', moveOperation),
];

import type { Action } from '#actions/action.ts';
import { progressLines } from '#actions/how-far-words.ts';
import type { Watching } from '#actions/perform-plan.ts';
import type { Plan } from '#actions/plan.ts';
import type { Io } from '#grammar/command.ts';

/** What stderr hears while operations run: the id of each, how far it is, and how it ended. */
export function telling(
  action: Action,
  io: Io,
): Required<Pick<Watching, 'onBegun' | 'onPlaced' | 'onProgress' | 'onEnd'>> {
  const lines = new Map<Plan, ReturnType<typeof progressLines>>();
  return {
    onBegun: (plan, operation) => io.err(`${calledOf(action, plan)}: operation ${operation}\n`),
    onPlaced: (plan, words) => io.err(words === null ? '' : `  ${calledOf(action, plan)}: ${words}\n`),
    onProgress(plan, event) {
      const line = lines.get(plan) ?? progressLines();
      lines.set(plan, line);
      io.err(`  ${calledOf(action, plan)}: ${line(event)}\n`);
    },
    onEnd(plan, end) {
      const called = calledOf(action, plan);
      switch (end.status) {
        case 'refused': {
          const { by, message, until, wayOut } = end.refusal;
          io.err(
            `✖ ${called}: refused by ${by}: ${message}${until === null ? '' : `, until ${until.replace('.000Z', 'Z')}`}\n`,
          );
          io.err(`${wayOut === null ? '' : `  ${wayOut}\n`}  operation ${end.operation}\n`);
          return;
        }
        case 'running':
          io.err(end.isAwaited ? `  ${called}: it goes on; till wait ${end.operation}\n` : '');
          return;
        case 'ended': {
          const { status, message } = end.outcome;
          io.err(`${status === 'ok' ? '●' : '✖'} ${called}: ${status}${message === null ? '' : `, ${message}`}\n`);
        }
      }
    },
  };
}

/** The tenant, or the pool; the action itself for one on the estate. */
export function calledOf(action: Action, { tenants, confirmWith }: Plan): string {
  return action.target === 'estate' ? action.title : tenants.length > 1 ? confirmWith : (tenants[0] ?? confirmWith);
}

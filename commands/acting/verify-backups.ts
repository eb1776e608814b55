import { actionNamed } from '#actions/find-action.ts';
import { choiceOf, chooseTenants, isOpen } from '#grammar/choose.ts';
import type { Invocation } from '#grammar/command.ts';
import { usageError } from '#grammar/usage-error.ts';
import type { ExitCode } from '#text/till-error.ts';
import { performAll } from './perform-all.ts';
import { withContext } from './with-context.ts';

/** `till backups --verify`: the action `verify-backup`, for those who are chosen. What it proves is written down, so it is acting. */
export async function verifyBackups(invocation: Invocation): Promise<ExitCode> {
  const choice = choiceOf(invocation);
  if (isOpen(choice)) {
    throw usageError('--verify needs to know whose', { name: 'backups' }, 'name tenants, or --all');
  }
  const estate = await invocation.estate();
  const action = await actionNamed('verify-backup');
  const params = action.parse({ backup: invocation.value('backup') });
  return withContext(
    estate,
    invocation,
    (tenants) => chooseTenants(tenants, choice),
    (context) => performAll(action, params, chooseTenants(context.tenants, choice), context, invocation),
  );
}

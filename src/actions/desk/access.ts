import { grantableActions } from '../access/free-actions.ts';
import { lookAt } from '../access/open.ts';
import type { ActContext } from '../context.ts';
import { performed } from './access-performing.ts';
import type { AccessPort } from './access-port.ts';
import { storyOf } from './access-story.ts';
import { formOf, wishOf } from './access-wish.ts';

/** Grants by the same functions as `till access`, for as long as the console is open. */
export function accessPort(context: ActContext): AccessPort {
  return {
    form: formOf,
    async wish(form) {
      return wishOf(form, { tenants: context.tenants, actions: grantableActions() }, await lookAt(context));
    },
    perform: (deed, said) => performed(deed, said, context),
    story: (grant) => storyOf(grant, context.ledger),
  };
}

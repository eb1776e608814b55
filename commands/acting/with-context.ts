import { type ActContext, openContext } from '#actions/context.ts';
import { reconcile } from '#actions/reconcile.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import { openWatcher } from '#health/watch.ts';

/** Reads health once, ends what a dead process left open, and hands over what acting needs; closes it afterwards. */
export async function withContext<Result>(
  estate: Estate,
  { io, given }: Invocation,
  choose: readonly string[] | ((tenants: readonly Tenant[]) => readonly Tenant[]),
  work: (context: ActContext) => Promise<Result>,
): Promise<Result> {
  const watcher = await openWatcher({
    estate,
    clock: io.clock,
    env: io.env,
    choose:
      typeof choose === 'function' ? choose : (tenants) => tenants.filter((tenant) => choose.includes(tenant.name)),
  });
  let context: ActContext | undefined;
  try {
    const picture = await watcher.sweep();
    context = openContext({
      estate,
      clock: io.clock,
      env: io.env,
      write: given('write'),
      tenants: watcher.known(),
      statuses: picture.tenants,
      onAway: (message) => io.err(`⚠ ${message}\n`),
    });
    if (given('write') && (await context.ledger.state()).policy !== null) {
      io.err('--write opens nothing here: an access policy is in force, and asks for a grant\n');
    }
    for (const end of await reconcile(context)) {
      io.err(`operation ${end.operation} (${end.action}): ${end.status}, ${end.message}\n`);
    }
    return await work(context);
  } finally {
    await context?.close();
    await watcher.close();
  }
}

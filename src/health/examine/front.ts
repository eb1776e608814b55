import type { Tenant } from '#estate/estate.ts';
import type { FrontReader } from '#systems/odoo/front.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Finding, flaw, ok } from '../finding.ts';
import { signals } from '../signals/index.ts';

/** `/web/health` loads no registry, so asking wakes nobody (facts: odoo.md §0.1). */
export async function examineFront(
  name: string,
  front: FrontReader,
  tenants: readonly Tenant[],
): Promise<readonly Finding[]> {
  const subject = `odoo/${name}`;
  const host = tenants.find((tenant) => tenant.front === name && tenant.host !== null)?.host;
  if (host === undefined || host === null) {
    return [flaw(subject, 'reached', 'weak', 'no tenant with a host is behind it: it was not asked')];
  }
  try {
    const answer = await front.get(host, '/web/health', { deadlineMs: 3000 });
    return [
      answer.status === 200
        ? ok(subject, 'reached', `answers for ${host}`)
        : flaw(subject, 'reached', 'weak', `answers ${answer.status} to /web/health of ${host}`),
    ];
  } catch (error) {
    if (error instanceof ReadFailure) {
      return [
        flaw(subject, 'reached', 'away', error.message, {
          hides: signals.flatMap((signal) => (signal.from === 'front' ? [signal.name] : [])),
        }),
      ];
    }
    throw error;
  }
}

import { localHour, usualPace } from '../curve.ts';
import type { SandboxTenant } from '../tenants.ts';
import type { Scenario } from './scenario.ts';

const affected = 3;
const alreadyMs = 80 * 60_000;

/** Some tills have lost the network: they sell on into the browser's memory, and no server hears of it. */
export const silentTills: Scenario = {
  name: 'silent-tills',
  summary: 'three tills have sold nothing for 80 minutes while the others sell',
  defaultTenant: busiest,
  async start({ day }, tenant) {
    const tills = Array.from({ length: Math.min(affected, tenant.tills - 2) }, (_, index) => index + 2);
    const sellAgain = await day.shop(tenant.name).silence(tills, Date.now() - alreadyMs);
    return async () => sellAgain();
  },
};

/** A closed till is no silent till: somewhere on the globe it is the middle of the day. */
function busiest(tenants: readonly SandboxTenant[], now: number): SandboxTenant {
  const perTill = (tenant: SandboxTenant) => {
    const { hour } = localHour(now, tenant.timezone);
    const isMidday = hour >= 12 && hour < 20 && tenant.tills > affected;
    return (isMidday ? 1 : 0.1) * (usualPace(tenant, now).tills / tenant.tills);
  };
  const [first] = tenants.toSorted((a, b) => perTill(b) - perTill(a));
  if (first === undefined) {
    throw new Error('a sandbox without tenants has no scenarios');
  }
  return first;
}

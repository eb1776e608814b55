import type { Series } from './odoo/schema.ts';

/** A tenant of the sandbox: what its Kubernetes objects, its database and its day are made from. */
export interface SandboxTenant {
  readonly name: string;
  readonly database: string;
  readonly host: string;
  readonly retailer: string;
  readonly tier: 'critical' | 'standard' | 'basic';
  readonly timezone: string;
  readonly currency: string;
  readonly series: Series;
  readonly hosting: 'dedicated' | 'shared';
  readonly namespace: string;
  /** The value of `app.kubernetes.io/instance` on what serves it: its own name, or that of its pool. */
  readonly instance: string;
  readonly tills: number;
  /** Orders in 15 minutes at the best hour of an average day. */
  readonly tillOrdersAtPeak: number;
  readonly webOrdersAtPeak: number;
  /** Six weeks of history and a trading day. Beyond the first few dozen, databases are bare clones of the template. */
  readonly isLively: boolean;
}

/** More would need more connections than PostgreSQL has and more than a few per cent of a core. */
export const livelyTenants = 40;

const pool = 'pool-a';

const sizes = {
  critical: { tills: 12, tillOrdersAtPeak: 38, webOrdersAtPeak: 26 },
  standard: { tills: 6, tillOrdersAtPeak: 20, webOrdersAtPeak: 22 },
  basic: { tills: 3, tillOrdersAtPeak: 10, webOrdersAtPeak: 21 },
} as const;

type Known = readonly [
  name: string,
  retailer: string,
  tier: SandboxTenant['tier'],
  timezone: string,
  currency: string,
  series: Series,
  pool?: string,
];

/** Zones all around the globe: whenever somebody looks, some shops are open. */
const known: readonly Known[] = [
  ['harbour-shoes', 'harbour', 'critical', 'Europe/Stockholm', 'SEK', 17],
  ['maple-toys', 'maple', 'standard', 'America/Toronto', 'CAD', 17],
  ['cedar-home', 'cedar', 'critical', 'America/Los_Angeles', 'USD', 17],
  ['kaffe-te', 'kaffe', 'basic', 'Europe/Stockholm', 'SEK', 17, pool],
  ['north-outdoor', 'north', 'standard', 'Europe/Oslo', 'NOK', 17],
  ['lumen-books', 'lumen', 'standard', 'Europe/London', 'GBP', 19],
  ['atelier-nine', 'atelier', 'standard', 'Europe/Paris', 'EUR', 19],
  ['bike-barn', 'bike', 'standard', 'America/New_York', 'USD', 17],
  ['olive-kitchen', 'olive', 'standard', 'Asia/Dubai', 'AED', 17],
  ['pixel-games', 'pixel', 'standard', 'Asia/Tokyo', 'JPY', 17],
  ['sol-garden', 'sol', 'basic', 'Australia/Sydney', 'AUD', 17, pool],
  ['tiny-steps', 'tiny', 'basic', 'America/New_York', 'USD', 17, pool],
];

export function sandboxTenants(count: number): readonly SandboxTenant[] {
  return Array.from({ length: count }, (_, index) => tenantOf(known[index] ?? another(index), index));
}

/** `shop-0013` and on: every twelfth is critical, every fifth has Odoo 19. */
function another(index: number): Known {
  const [, , , timezone, currency] = known[index % known.length] ?? ['', '', '', 'UTC', 'EUR'];
  const name = `shop-${String(index + 1).padStart(4, '0')}`;
  return [name, name, index % 12 === 0 ? 'critical' : 'standard', timezone, currency, index % 5 === 0 ? 19 : 17];
}

function tenantOf([name, retailer, tier, timezone, currency, series, shared]: Known, index: number): SandboxTenant {
  return {
    name,
    retailer,
    tier,
    timezone,
    currency,
    series,
    database: name.replaceAll('-', '_'),
    host: `${name}.sandbox.localhost`,
    hosting: shared === undefined ? 'dedicated' : 'shared',
    namespace: shared ?? name,
    instance: shared ?? name,
    ...sizes[tier],
    isLively: index < livelyTenants,
  };
}

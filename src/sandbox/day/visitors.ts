import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { SandboxTenant } from '../tenants.ts';

const anonymous = 10_800;
const loggedIn = 604_800;
const kept = 150;

/** Sessions as camptocamp's session_redis writes them, two colons and all (facts: data-tier.md §3.3). */
export class Visitors {
  readonly #redis: Redis;
  readonly #tenants: readonly SandboxTenant[];
  readonly #random: () => number;

  constructor(redis: Redis, tenants: readonly SandboxTenant[], random: () => number) {
    this.#redis = redis;
    this.#tenants = tenants;
    this.#random = random;
  }

  /** The sessions that are there when somebody first looks. */
  async arrive(): Promise<void> {
    for (const tenant of this.#tenants) {
      await this.#write(tenant, kept);
    }
  }

  /** A few come back or come new. Refused writes are the caller's news, not ours: Odoo logs them and goes on. */
  async turn(): Promise<void> {
    await Promise.all(this.#tenants.map((tenant) => this.#write(tenant, 2)));
  }

  async #write(tenant: SandboxTenant, count: number): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (let n = 0; n < count; n += 1) {
      const sid = randomBytes(20).toString('hex');
      const isKnown = this.#random() < 0.2;
      const session = { db: tenant.database, login: isKnown ? `staff${n}` : null, context: { lang: 'en_US' } };
      const ttl = isKnown ? loggedIn : anonymous - Math.floor(this.#random() * 3600);
      const key = `session::${tenant.database}:${sid}`;
      pipeline.set(key, JSON.stringify(session)).expire(key, ttl);
    }
    await pipeline.exec().catch(() => undefined);
  }
}

import type { Client } from 'pg';
import { usualPace } from '../curve.ts';
import { seededRandom } from '../random.ts';
import { connect, type Login, type Sql, sqlOn } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { doChores } from './chores.ts';
import { insertTillOrders, insertWebOrders, type MadeOrder } from './orders.ts';

/** What a scenario may keep from happening at one tenant. */
export type Standstill = 'tills' | 'web' | 'crons' | 'jobs' | 'payments';

interface Underway {
  readonly where: 'till' | 'web';
  readonly order: MadeOrder;
  /** Epoch milliseconds. */
  readonly arrives: number;
}

const inserts = [
  ['till', insertTillOrders],
  ['web', insertWebOrders],
] as const;

const minute = 60_000;
const choresEvery = 15_000;
/** After a longer sleep of the machine than this there is no point in pretending that the shop went on. */
const longestGap = 24 * 60 * minute;

/** One tenant's trading day, on one connection that looks like an Odoo worker's. */
export class Shop {
  readonly #tenant: SandboxTenant;
  readonly #login: Login;
  readonly #random: () => number;
  readonly #standstills = new Map<Standstill, number>();
  #client: Client | null = null;
  #isBusy = false;
  #nextTill: number;
  #nextWeb: number;
  #nextChores: number;
  #till = 0;
  /** Made, not yet at the server: a till needs a moment, and a server that is away makes it wait. */
  #underway: readonly Underway[] = [];

  constructor(tenant: SandboxTenant, login: Login, seed: number, now: number) {
    this.#tenant = tenant;
    this.#login = login;
    this.#random = seededRandom(seed);
    this.#nextTill = now + this.#random() * minute;
    this.#nextWeb = now + this.#random() * minute;
    this.#nextChores = now + this.#random() * choresEvery;
  }

  /** Returns the way to let it go on. Several may hold the same thing. */
  halt(what: Standstill): () => void {
    this.#standstills.set(what, (this.#standstills.get(what) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.#standstills.set(what, (this.#standstills.get(what) ?? 1) - 1);
      }
    };
  }

  #isHalted(what: Standstill): boolean {
    return (this.#standstills.get(what) ?? 0) > 0;
  }

  /** What has become due by `now` happens. A turn that comes while the last one still waits for the server only sells. */
  async turn(now: number): Promise<void> {
    this.#underway = [...this.#underway, ...this.#sell(now)];
    const arrived = this.#underway.filter(({ arrives }) => arrives <= now);
    const areChoresDue = this.#nextChores <= now;
    if (this.#isBusy || (arrived.length === 0 && !areChoresDue)) {
      return;
    }
    this.#isBusy = true;
    try {
      const sql = await this.#sql();
      for (const [where, insert] of inserts) {
        const orders = arrived.filter((each) => each.where === where);
        if (orders.length > 0) {
          await insert(
            sql,
            this.#tenant,
            orders.map(({ order }) => order),
          );
          this.#underway = this.#underway.filter((each) => !orders.includes(each));
        }
      }
      if (areChoresDue) {
        this.#nextChores = now + choresEvery;
        await doChores(sql, this.#tenant, {
          crons: !this.#isHalted('crons'),
          jobs: !this.#isHalted('jobs'),
          payments: !this.#isHalted('payments'),
        });
      }
    } catch {
      // The database is away or refuses, as it would for an Odoo. A new connection at the next turn.
      await this.close();
    } finally {
      this.#isBusy = false;
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #sql(): Promise<Sql> {
    this.#client ??= await connect(
      this.#login,
      this.#tenant.database,
      `odoo-${100 + Math.floor(this.#random() * 800)}`,
    );
    return sqlOn(this.#client);
  }

  /** Orders that fell due since the last turn. Tills take turns. */
  #sell(now: number): readonly Underway[] {
    const sold: Underway[] = [];
    this.#nextTill = Math.max(this.#nextTill, now - longestGap);
    this.#nextWeb = Math.max(this.#nextWeb, now - longestGap);
    while (this.#nextTill <= now) {
      const at = this.#nextTill;
      const pace = usualPace(this.#tenant, at).tills;
      this.#nextTill += this.#until(pace);
      if (pace > 0 && !this.#isHalted('tills')) {
        this.#till = (this.#till % this.#tenant.tills) + 1;
        sold.push({ where: 'till', order: this.#order(at, this.#till), arrives: at + 1000 + this.#random() * 2000 });
      }
    }
    while (this.#nextWeb <= now) {
      const at = this.#nextWeb;
      this.#nextWeb += this.#until(usualPace(this.#tenant, at).web);
      if (!this.#isHalted('web')) {
        sold.push({ where: 'web', order: this.#order(at, 1 + Math.floor(this.#random() * 5000)), arrives: at });
      }
    }
    return sold;
  }

  #order(at: number, till: number): MadeOrder {
    return { at, till, amount: Math.round((4 + 90 * this.#random() * this.#random()) * 100) / 100 };
  }

  /** Milliseconds to the next, steadier than pure chance: a sandbox should not raise alarms of its own. */
  #until(perMinute: number): number {
    return perMinute <= 0 ? minute : (minute / perMinute) * (0.5 + this.#random());
  }
}

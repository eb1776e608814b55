import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { usualPace } from '../curve.ts';
import { invoiceOf } from '../odoo/attachments.ts';
import { seededRandom } from '../random.ts';
import { connect, type Login, type Sql, sqlOn, withDatabase } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { type Chores, doChores } from './chores.ts';
import { insertTillOrders, insertWebOrders, type MadeOrder, takeBackOrders } from './orders.ts';

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
/** One every two minutes. */
const invoicesInATurn = 1 / 8;
/** After a longer sleep of the machine than this there is no point in pretending that the shop went on. */
const longestGap = 24 * 60 * minute;

/** One tenant's trading day, on one connection that looks like an Odoo worker's. */
export class Shop {
  readonly #tenant: SandboxTenant;
  readonly #login: Login;
  readonly #random: () => number;
  readonly #filestore: string | null;
  readonly #standstills = new Map<Standstill, number>();
  readonly #silent = new Set<number>();
  #client: Client | null = null;
  #isBusy = false;
  #nextTill: number;
  #nextWeb: number;
  #nextChores: number;
  #till = 0;
  /** Made, not yet at the server: a till needs a moment, and a server that is away makes it wait. */
  #underway: readonly Underway[] = [];

  /** Orders before this moment are made after the fact: the server is said to have heard of them in time. */
  #madeUpUntil: number;

  /** `since` is where history ends; `filestore` is where what it attaches goes. */
  constructor(tenant: SandboxTenant, login: Login, seed: number, since: number, filestore: string | null = null) {
    this.#tenant = tenant;
    this.#login = login;
    this.#filestore = filestore;
    this.#random = seededRandom(seed);
    this.#nextTill = since + this.#until(usualPace(tenant, since).tills) / 2;
    this.#nextWeb = since + this.#until(usualPace(tenant, since).web) / 2;
    this.#madeUpUntil = Date.now();
    this.#nextChores = this.#madeUpUntil + this.#random() * choresEvery;
  }

  /** Returns the way to let it go on. Several may hold the same thing. */
  halt(what: Standstill): () => void {
    this.#standstills.set(what, (this.#standstills.get(what) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.#standstills.set(what, (this.#standstills.get(what) ?? 1) - 1);
        // Whoever comes back does at once what has waited.
        this.#nextChores = 0;
      }
    };
  }

  /** These tills sell nothing more, as if they had stopped at `since`. Returns the way to let them sell again. */
  async silence(tills: readonly number[], since: number): Promise<() => void> {
    for (const till of tills) {
      this.#silent.add(till);
    }
    // What was sold a moment ago and is still on its way would make a silent till speak again.
    this.#underway = this.#underway.filter(({ order }) => !tills.includes(order.till));
    while (this.#isBusy) {
      await pause(20);
    }
    await withDatabase(this.#login, this.#tenant.database, (sql) =>
      sql(
        `DELETE FROM pos_order WHERE config_id = ANY($1) AND date_order > to_timestamp($2 / 1000.0) AT TIME ZONE 'utc'`,
        [tills, since],
      ),
    );
    return () => {
      for (const till of tills) {
        this.#silent.delete(till);
        // Whoever stood before it has waited long enough.
        this.#underway = [...this.#underway, { where: 'till', order: this.#order(Date.now(), till), arrives: 0 }];
      }
    };
  }

  /** Nobody sells anything, as if since then. Returns the way on; what was missed is then sold after the fact. */
  async standStill(since: number): Promise<() => void> {
    const releases = [this.halt('tills'), this.halt('web')];
    this.#underway = [];
    await withDatabase(this.#login, this.#tenant.database, (sql) => takeBackOrders(sql, since));
    return () => {
      for (const release of releases) {
        release();
      }
      this.#madeUpUntil = Date.now();
      this.#nextTill = since;
      this.#nextWeb = since;
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
          invoice: this.#invoice(now),
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
        const order = this.#order(at, this.#till);
        if (!this.#silent.has(this.#till)) {
          sold.push({ where: 'till', order, arrives: at + 1000 + this.#random() * 2000 });
        }
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

  #invoice(now: number): Chores['invoice'] {
    if (this.#filestore === null || this.#random() > invoicesInATurn) {
      return null;
    }
    const number = Math.floor(now / 1000) % 100_000;
    return { filestore: this.#filestore, attachment: invoiceOf(this.#tenant.name, number, this.#random) };
  }

  #order(at: number, till: number): MadeOrder {
    const amount = Math.round((4 + 90 * this.#random() * this.#random()) * 100) / 100;
    return { at, till, amount, seen: at < this.#madeUpUntil ? at + 1500 : null };
  }

  /** Milliseconds to the next, steadier than pure chance: a sandbox should not raise alarms of its own. */
  #until(perMinute: number): number {
    return perMinute <= 0 ? minute : (minute / perMinute) * (0.5 + this.#random());
  }
}

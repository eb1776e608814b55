import { suggest } from '#text/suggest.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { scenarios } from './index.ts';
import type { Stage } from './scenario.ts';

export interface RunningScenario {
  readonly name: string;
  readonly tenant: string;
}

/** The scenarios that run now: begun by name, ended by name or all at once. */
export class Rehearsal {
  readonly #stage: Stage;
  readonly #running = new Map<string, RunningScenario & { readonly end: () => Promise<void> }>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get running(): readonly RunningScenario[] {
    return [...this.#running.values()].map(({ name, tenant }) => ({ name, tenant }));
  }

  /** Begins it, or leaves it as it is when it runs already. Returns the tenant. */
  async begin(name: string, tenantName: string | null): Promise<string> {
    const scenario = scenarios.find((each) => each.name === name);
    if (scenario === undefined) {
      throw unknown(
        'scenario',
        name,
        scenarios.map((each) => each.name),
      );
    }
    const lively = this.#stage.tenants.filter((tenant) => tenant.isLively);
    const tenant =
      tenantName === null
        ? scenario.defaultTenant(lively, Date.now())
        : lively.find((each) => each.name === tenantName);
    if (tenant === undefined) {
      throw unknown(
        'tenant',
        tenantName ?? '',
        lively.map((each) => each.name),
      );
    }
    const key = `${name} ${tenant.name}`;
    if (!this.#running.has(key)) {
      const end = await scenario.start(this.#stage, tenant);
      this.#running.set(key, { name, tenant: tenant.name, end });
    }
    return tenant.name;
  }

  /** Ends it at one tenant, or wherever it runs. Returns the tenants. */
  async end(name: string, tenant: string | null): Promise<readonly string[]> {
    if (!scenarios.some((each) => each.name === name)) {
      throw unknown(
        'scenario',
        name,
        scenarios.map((each) => each.name),
      );
    }
    const chosen = [...this.#running].filter(
      ([, each]) => each.name === name && (tenant === null || each.tenant === tenant),
    );
    for (const [key, each] of chosen) {
      this.#running.delete(key);
      await each.end();
    }
    return chosen.map(([, each]) => each.tenant);
  }

  async endAll(): Promise<void> {
    for (const { name, tenant } of this.running) {
      await this.end(name, tenant);
    }
  }
}

function unknown(what: 'scenario' | 'tenant', typed: string, known: readonly string[]): TillError {
  const meant = suggest(typed, known);
  return new TillError(`the sandbox has no ${what} ${JSON.stringify(typed)}`, {
    exit: exitCodes.usage,
    reason: `unknown-${what}`,
    target: typed,
    next: meant === undefined ? `it has ${known.slice(0, 12).join(', ')}` : `did you mean ${meant}?`,
  });
}

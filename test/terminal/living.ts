import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { ledgerFolder, openLedger } from '#actions/context.ts';
import { findEstate } from '#estate/find.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Filter } from '#ledger/query.ts';
import type { PodBehaviour } from '#sandbox/kubernetes/types.ts';
import { type Sandbox, startSandbox } from '#sandbox/sandbox.ts';
import { systemClock } from '#text/clock.ts';
import { newcomer, type Person, till } from '../journeys/program.ts';
import { tables } from '../sandbox/tables.ts';
import { type DrivenTerminal, drive } from './drive.ts';

/** A living sandbox, and somebody who opens consoles of the real program on it and types commands beside them. */
export interface LivingEstate {
  readonly sandbox: Sandbox;
  /** Whose commands are for this estate. */
  readonly person: Person;
  /** Where that person's ledger of this estate lies. */
  readonly ledgerFolder: string;
  /** Everything that the ledger holds, oldest first. */
  entries(filter?: Filter): Promise<readonly LedgerEntry[]>;
  /** `spec.replicas` and generation of a tenant's web workload, as the API server has them. */
  web(tenant: string): { readonly replicas: number; readonly generation: number };
  /** From now on nothing that serves the web becomes ready at this tenant, so that what is followed goes on; null heals. */
  hold(tenant: string, behaviour: PodBehaviour | null): void;
  /** Somebody else scales the web of a tenant, and till knows nothing of it. */
  scaleBehindTill(tenant: string, replicas: number): void;
  /** A console in a terminal of its own, 120×40. */
  open(size?: {
    readonly columns?: number;
    readonly rows?: number;
    readonly words?: readonly string[];
  }): LivingTerminal;
  /** Another estate file for the same systems, with `from` replaced; returns its path. */
  otherEstate(from: string, to: string): string;
  close(): Promise<void>;
}

export interface LivingTerminal extends DrivenTerminal {
  /** Until the screen shows it; what depends on a living estate takes its time. */
  until(text: string | RegExp): Promise<void>;
  untilGone(text: string | RegExp): Promise<void>;
  /** Types on the line that a question has, again until it takes it: it ignores what comes before it can be seen. */
  types(text: string): Promise<void>;
  /** Presses the key that a question asks for, `Enter` or `y`, again until it is taken. */
  agrees(key: 'Enter' | 'y'): Promise<void>;
}

const patience = { timeout: 60_000, interval: 50 };

export async function livingEstate({ tenants = 6 } = {}): Promise<LivingEstate> {
  expect(existsSync(join(till, '../../dist/main.js')), 'npm run build comes first').toBe(true);
  const folder = mkdtempSync(join(tmpdir(), 'till-living-'));
  const sandbox = await startSandbox({ folder: join(folder, 'sandbox'), tenants, seed: 7, tables });
  const person = newcomer({ TILL_ESTATE: sandbox.estatePath });
  const estate = await findEstate({ named: sandbox.estatePath, env: person.env, folder: person.home });
  const ledger = openLedger(estate, systemClock, person.env);
  const terminals: DrivenTerminal[] = [];
  return {
    ...{ sandbox, person, ledgerFolder: ledgerFolder(estate, person.env) },
    async entries(filter = {}) {
      const found: LedgerEntry[] = [];
      for await (const entry of ledger.entries(filter)) {
        found.push(entry);
      }
      return found;
    },
    web(tenant) {
      const held = sandbox.kubernetes.get({ kind: 'Deployment', namespace: tenant, name: 'odoo-web' });
      return {
        replicas: Number((held?.spec as { readonly replicas?: number } | undefined)?.replicas),
        generation: Number(held?.metadata.generation),
      };
    },
    scaleBehindTill(namespace, replicas) {
      const held = sandbox.kubernetes.get({ kind: 'Deployment', namespace, name: 'odoo-web' });
      if (held === undefined) {
        throw new Error(`${namespace} has no odoo-web`);
      }
      const { status: _, ...object } = held;
      sandbox.kubernetes.apply({ ...object, spec: { ...(object.spec as object), replicas } });
    },
    hold: (namespace, behaviour) =>
      sandbox.kubernetes.setPodBehaviour({ namespace, labels: { 'app.kubernetes.io/component': 'web' } }, behaviour),
    open({ columns = 120, rows = 40, words = [] } = {}) {
      const terminal = drive(process.execPath, [till, ...words], { columns, rows, env: person.env });
      terminals.push(terminal);
      return living(terminal);
    },
    otherEstate(from, to) {
      const text = readFileSync(sandbox.estatePath, 'utf8');
      expect(text).toContain(from);
      const path = join(folder, 'sandbox', 'other.yaml');
      writeFileSync(path, text.replace(from, to), { mode: 0o600 });
      return path;
    },
    async close() {
      for (const { pty } of terminals) {
        try {
          pty.kill('SIGKILL');
        } catch {
          // It has ended by itself.
        }
      }
      await ledger.close();
      await sandbox.close();
      person.leave();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The same terminal, for what depends on something that lives. */
export function living(terminal: DrivenTerminal): LivingTerminal {
  const pressing = (keys: string, isTaken: () => boolean) =>
    vi.waitUntil(
      () => {
        if (!isTaken()) {
          terminal.press(keys);
        }
        return isTaken();
      },
      { timeout: 20_000, interval: 100 },
    );
  return {
    ...terminal,
    until: (text) => vi.waitFor(() => expect(terminal.text()).toMatch(text), patience),
    untilGone: (text) => vi.waitFor(() => expect(terminal.text()).not.toMatch(text), patience),
    // Ctrl+U takes away what an earlier try has left on the line.
    types: async (text) => void (await pressing(`\u0015${text}`, () => terminal.text().includes(`: ${text}▏`))),
    async agrees(key) {
      await terminal.shows(`${key} does it`);
      await pressing(key === 'Enter' ? '\r' : key, () => !terminal.text().includes(`${key} does it`));
    },
  };
}

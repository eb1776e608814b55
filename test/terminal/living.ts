import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { type Sandbox, startSandbox } from '#sandbox/sandbox.ts';
import { newcomer, type Person, till } from '../journeys/program.ts';
import { tables } from '../sandbox/tables.ts';
import { type DrivenTerminal, drive } from './drive.ts';

/** A living sandbox, and somebody who opens consoles of the real program on it and types commands beside them. */
export interface LivingEstate {
  readonly sandbox: Sandbox;
  /** Whose commands are for this estate. */
  readonly person: Person;
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
  const terminals: DrivenTerminal[] = [];
  return {
    sandbox,
    person,
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
      await sandbox.close();
      person.leave();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function living(terminal: DrivenTerminal): LivingTerminal {
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
    until: (text) => expect.poll(() => terminal.text(), patience).toMatch(text),
    untilGone: (text) => expect.poll(() => terminal.text(), patience).not.toMatch(text),
    // Ctrl+U takes away what an earlier try has left on the line.
    types: async (text) => void (await pressing(`\u0015${text}`, () => terminal.text().includes(`: ${text}▏`))),
    async agrees(key) {
      await terminal.shows(`${key} does it`);
      await pressing(key === 'Enter' ? '\r' : key, () => !terminal.text().includes(`${key} does it`));
    },
  };
}

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, withDatabase } from '#sandbox/sql.ts';
import { newcomer, type Person, till } from '../journeys/program.ts';
import { type DrivenTerminal, drive } from '../terminal/drive.ts';
import { startWorld, type World } from './world.ts';

/** Sets a title, clears the screen, hides what follows, turns the writing round, ends with a wide word. */
const hostile = '\u001b]0;pwned\u0007\u001b[2J\u001b[8m\u009b31m\u202eevil\u2066\u200f\r\nsecond line\u0000 漢字店';
/** What of it must never reach a terminal. Our own output has escape sequences, but none of these. */
const never = /pwned|\u001b\[8m|\u009b|[\u202a-\u202e\u2066-\u2069\u200e\u200f]|\u0000/u;
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029]/u;

let world: World;
let person: Person;
const ends: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  world = await startWorld();
  person = newcomer({ TERM: 'xterm-256color' });
  const { kubernetes, odoo } = world.sandbox;
  kubernetes.setPodBehaviour(
    { namespace: 'maple-toys', labels: { 'app.kubernetes.io/component': 'web' } },
    { imagePullBackOff: { image: `registry.example/${hostile}`, message: hostile } },
  );
  await world.sandbox.rehearsal.begin('cron-backlog', 'maple-toys');
  await withDatabase(odoo, 'maple_toys', (sql) =>
    sql('UPDATE ir_cron SET cron_name = $1', [hostile.replaceAll('\0', '')]),
  );
  const holder = await connect(odoo, 'maple_toys', 'odoo-8812');
  const waiter = await connect(odoo, 'maple_toys', 'odoo-8813');
  ends.push(
    () => holder.end().catch(() => undefined),
    () => waiter.end().catch(() => undefined),
  );
  for (const client of [holder, waiter]) {
    client.on('error', () => undefined);
  }
  await holder.query('BEGIN');
  const text = `UPDATE /* ${hostile.replaceAll('\0', '')} */ stock_quant SET quantity = quantity WHERE product_id = 7`;
  await holder.query(text);
  waiter.query(text).catch(() => undefined);
});
afterAll(async () => {
  await world?.close();
  for (const end of ends) {
    await end();
  }
  person?.leave();
});

describe('what systems say in escape sequences, right-to-left and wide characters', () => {
  it.each(['status', 'status -o wide', 'show maple-toys', 'doctor'])('reaches nobody raw: till %s', async (line) => {
    const words = line.split(' ');
    const { out, err } = await person.run(...words, '--estate', world.sandbox.estatePath);
    expect(out).toContain(words[0] === 'doctor' ? 'maple_toys' : 'maple-toys');
    expect(out + err).not.toMatch(controls);
  });

  it('is told all the same, on one line, in what a script reads', async () => {
    const { out } = await person.run('show', 'maple-toys', '--estate', world.sandbox.estatePath, '-o', 'json');
    expect(out).not.toMatch(controls);
    const { signals } = JSON.parse(out) as { signals: { name: string; message: string }[] };
    const message = (wanted: string) => signals.find(({ name }) => name === wanted)?.message ?? '';
    expect(message('crons-overdue')).toContain('evil second line 漢字店');
    expect(message('blocked-sessions')).toContain('evil second line 漢字店');
    expect(signals.map((signal) => signal.message).join()).not.toMatch(never);
  });

  it('moves nothing in the console, whatever part of the tenant is open', async () => {
    const console_ = opened(120, 40);
    await console_.shows('✖ maple-toys');
    console_.press('/maple\r');
    console_.press('\r');
    await console_.shows('maple-toys  ✖ critical');
    for (const [key, seen] of [
      ['1', 'Blocked sessions'],
      ['2', 'odoo-web'],
      ['3', 'odoo-web'],
      ['4', 'idle in transaction'],
      ['5', 'second line'],
      ['6', ''],
    ] as const) {
      console_.press(key);
      await console_.shows(seen);
      expect(console_.lines()[0]).toContain('sandbox ▸');
    }
    console_.press('\u001b');
    await console_.shows('Enter open');
    console_.press('q');
    expect(await console_.exited).toMatchObject({ exitCode: 0 });
    expect(console_.output()).not.toMatch(never);
  }, 60_000);

  it.each([
    [20, 10],
    [20, 24],
  ])(
    'fits a terminal of %i×%i',
    async (columns, rows) => {
      const console_ = opened(columns, rows);
      await console_.shows('too ');
      console_.resize(80, 24);
      await console_.shows('maple-toys');
      console_.resize(columns, rows);
      await console_.shows('too ');
      console_.press('q');
      expect(await console_.exited).toMatchObject({ exitCode: 0 });
      expect(console_.output()).not.toMatch(never);
    },
    60_000,
  );

  it('is cut to 20 columns in a table', async () => {
    const terminal = drive(process.execPath, [till, 'status', '--estate', world.sandbox.estatePath], {
      columns: 20,
      env: person.env,
    });
    expect(await terminal.exited).toMatchObject({ exitCode: 0 });
    await terminal.shows('maple-toys');
    expect(terminal.lines().filter((line) => line !== '').length).toBeLessThanOrEqual(12);
    expect(terminal.output()).not.toMatch(never);
  });
});

function opened(columns: number, rows: number): DrivenTerminal {
  const terminal = drive(process.execPath, [till, '--estate', world.sandbox.estatePath], {
    columns,
    rows,
    env: { ...person.env, XDG_CONFIG_HOME: join(person.home, 'config') },
  });
  ends.push(() => {
    try {
      terminal.pty.kill('SIGKILL');
    } catch {
      // It has ended by itself.
    }
  });
  return terminal;
}

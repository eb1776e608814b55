// What the console costs at 1,000 tenants, in a pseudo-terminal of 160×48. Run alone: `node test/bench/console.ts`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../scripts/bundle.ts';
import type { Ratio } from './ratio.ts';
import { measureTerminal, node } from './terminal.ts';

/** Measures the bundled console on an estate that is made up, with live data every quarter of a second. */
export async function measureConsole({
  tenants = 1000,
  moves = 400,
  idleSeconds = 10,
} = {}): Promise<readonly Ratio[]> {
  const folder = mkdtempSync(join(tmpdir(), 'till-bench-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    await bundle({ entryPoints: { console: 'test/terminal/fixtures/console.ts' }, outdir: folder });
    const env = { XDG_CONFIG_HOME: folder, FAKE_TENANTS: String(tenants), FAKE_LIVE: '1', FAKE_LAST: '1' };
    const start = () => node([join(folder, 'console.js')], env);
    return await measureTerminal({ at: `${tenants} tenants`, start, moves, idleSeconds, rounds: 11 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await measureConsole(), null, 2)}\n`);
}

import { join } from 'node:path';
import { against, interleaved, type Ratio, run } from './ratio.ts';

const till = join(import.meta.dirname, '../../bin/till.js');
const rounds = 25;

/** `till version` and `till --help` beside a Node that does nothing. */
export async function measureStartUp(): Promise<readonly Ratio[]> {
  const ratios: Ratio[] = [];
  for (const words of [['version'], ['--help']]) {
    const measured = await interleaved(
      rounds,
      () => run(process.execPath, [till, ...words]),
      () => run(process.execPath, ['-e', '0']),
    );
    ratios.push(against(`till ${words.join(' ')}`, 'node -e 0', measured, 1.5));
  }
  return ratios;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openLine } from '#actions/line-to-watchers.ts';
import { progressPath, readProgress } from '#actions/progress.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { Told } from '#ledger/wire.ts';
import { systemClock } from '#text/clock.ts';

it('tells watchers on other hosts what it tells those of its own, what is counted as well', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'till-line-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const heard: (Told | null)[] = [];
  const wire = {
    async tell(_operation: string, told: Told | null) {
      heard.push(told);
      return null;
    },
  };
  const line = openLine({
    ...{ operation: 'op', folder, clock: systemClock, isTold: false },
    ledger: { wire } as unknown as Ledger,
  });
  line.progress.tell({ words: 'dumping', done: 5, of: 10, unit: 'bytes' });
  await line.end();
  const { events } = await readProgress(progressPath(folder, 'op'), 0);
  expect(events).toMatchObject([{ words: 'dumping', done: 5, of: 10, unit: 'bytes' }]);
  expect(heard).toMatchObject([{ words: 'dumping', done: 5, of: 10, unit: 'bytes' }]);
});

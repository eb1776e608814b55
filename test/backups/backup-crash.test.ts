import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconcile } from '#actions/reconcile.ts';
import { runChild } from '../actions/world.ts';
import { anActing } from './acting.ts';
import { aFilestore, flawsOf, listed, nameFiles, startWorks, type Works } from './backing-up.ts';
import { pathOf } from './world.ts';

const script = fileURLToPath(new URL('./children/dies.ts', import.meta.url));
const files = [Buffer.from('logo'), randomBytes(90_000)];

let works: Works;
beforeAll(async () => {
  works = await startWorks();
}, 120_000);
afterAll(() => works?.server.stop());

describe('kill -9 of the worker of a backup', () => {
  it.each([
    ['before database.0000', 'absent', []],
    ['within database.0000', 'absent', ['unfinished upload']],
    ['after database.0000', 'absent', ['no manifest']],
    ['within .tar.zst.age', 'absent', ['no manifest', 'unfinished upload']],
    ['after .tar.zst.age', 'absent', ['no manifest', 'orphan pack']],
    ['within filestore.index', 'absent', ['no manifest', 'orphan pack', 'unfinished upload']],
    ['after configuration', 'absent', ['no manifest', 'orphan pack']],
    ['after manifest.json.sig', 'absent', ['no manifest', 'orphan pack']],
    ['within manifest.json$', 'absent', ['no manifest', 'orphan pack', 'unfinished upload']],
    ['after manifest.json$', 'applied', []],
  ] as const)(
    '%s: %s, what lies there is named, and the next backup is whole',
    async (at, end, left) => {
      await nameFiles(works, files.map(pathOf));
      const { acting, store, newest } = await anActing(works, {}, { filestore: await aFilestore(files) });
      const begun = await acting.begin(await acting.plan('backup', {}, 'maple-toys'));
      const died = await runChild(script, [], {
        ...(acting.env as Record<string, string>),
        ...{ ESTATE: JSON.stringify(acting.context.estate), OPERATION: begun.operation },
        ...{ PARENT: String(process.pid), DIES_AT: at },
      });
      expect(died).toMatchObject({ signal: 'SIGKILL' });
      expect(await reconcile(acting.context, begun.operation)).toMatchObject([{ status: end }]);
      const { backups, leftovers } = await listed(store);
      expect(backups.map(({ backup }) => backup)).toEqual(end === 'applied' ? [begun.operation] : []);
      expect(leftovers.map(({ kind }) => kind).toSorted()).toEqual(left);
      expect(await acting.perform('backup', {}, 'maple-toys')).toMatchObject({ status: 'ok' });
      const { manifest } = await newest();
      expect(await flawsOf(works, store, manifest)).toEqual([]);
    },
    60_000,
  );
});

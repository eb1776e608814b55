import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLedger } from '#actions/context.ts';
import { findEstate } from '#estate/find.ts';
import { thisProcess } from '#ledger/identity.ts';
import { systemClock } from '#text/clock.ts';
import { folderOf } from '../../estate/folder.ts';
import { till } from '../till.ts';

const estateText = 'apiVersion: till/v1\nid: 0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10\nname: nordic\n';

describe('access show', () => {
  it('says of a grant that failed why nothing could be issued for it', async () => {
    const folder = await folderOf({ 'estate.yaml': estateText });
    const env = { XDG_STATE_HOME: folder, HOME: folder };
    const estate = await findEstate({ named: join(folder, 'estate.yaml'), env, folder });
    const ledger = openLedger(estate, systemClock, env);
    onTestFinished(() => ledger.close());
    const grant = ledger.newId();
    await ledger.append({
      ...{ kind: 'grant', phase: 'request', grant, reason: 'queue' },
      params: {
        ...{ form: 'standard', subject: thisProcess().user, actions: ['scale'], tenants: ['maple-toys'] },
        seconds: 3_600,
      },
    });
    await ledger.append({ kind: 'grant', phase: 'activate', grant });
    await ledger.append({ kind: 'grant', phase: 'fail', grant, reason: 'nobody knows a key of kim' });
    const options = { folder, env, clock: systemClock };
    const shown = await till(['access', 'show', grant], options);
    expect(shown).toMatchObject({ exit: 0, err: '' });
    expect(shown.out).toMatch(/^failed standard grant/u);
    expect(shown.out).toMatch(/^ {2}failed {5}nothing could be issued for it: nobody knows a key of kim$/mu);
    const { out } = await till(['access', 'show', grant, '-o', 'json'], options);
    expect(JSON.parse(out)).toMatchObject({ status: 'failed', failure: 'nobody knows a key of kim' });
  });
});

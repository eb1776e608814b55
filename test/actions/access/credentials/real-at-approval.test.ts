import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentLeads, endAtRevoke, mintAtApproval } from '#actions/access/credentials/at-approval.ts';
import { thisProcess } from '#ledger/identity.ts';
import { systemClock } from '#text/clock.ts';
import { type Minting, startMinting } from './minting.ts';

describe(`approving where no agent leads, on a real kube-apiserver`, () => {
  let minting: Minting;
  const here = () => ({ estate: minting.estate, clock: systemClock, env: minting.env, ledger: minting.ledger });
  beforeAll(async () => {
    minting = await startMinting();
  }, 60_000);
  afterAll(() => minting?.close());

  const approved = async (actions: readonly string[]) => {
    const grant = minting.ledger.newId();
    const subject = thisProcess().user;
    const params = { form: 'standard', subject, actions, tenants: ['maple-toys'], seconds: 900 } as const;
    await minting.ledger.append({
      ...{ kind: 'grant', phase: 'request', grant, reason: 'a test' },
      params: { ...params, key: minting.key },
    });
    return grant;
  };

  it('knows that none leads', async () => {
    expect(await agentLeads(here())).toBe(false);
  });

  it('issues from here, the clock starting then, and takes it away from here when it is revoked', async () => {
    const grant = await approved(['scale']);
    expect(await mintAtApproval(grant, here(), async () => false)).toMatchObject({
      by: 'approver',
      end: { status: 'ok' },
    });
    const active = await minting.grant(grant);
    expect(active).toMatchObject({ status: 'active', credentials: [{ id: 'kubernetes/eu/maple-toys' }] });
    await minting.ledger.append({ kind: 'grant', phase: 'revoke', grant, reason: 'enough' });
    expect(await endAtRevoke(grant, here(), async () => false)).toMatchObject({ status: 'ok' });
    expect((await minting.grant(grant)).credentials[0]?.retiredAt).not.toBeNull();
  });

  it('leaves it to the agent where one leads, and to its subject where nothing is to be issued', async () => {
    const grant = await approved(['scale']);
    expect(await mintAtApproval(grant, here(), async () => true)).toEqual({ by: 'agent' });
    expect((await minting.grant(grant)).status).toBe('approved');
    const words = await approved(['incident']);
    expect(await mintAtApproval(words, here(), async () => false)).toEqual({ by: 'nobody' });
    expect((await minting.grant(words)).status).toBe('approved');
  });
});

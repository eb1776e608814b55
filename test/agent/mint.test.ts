import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whyFailed } from '#actions/access/why-failed.ts';
import { duty } from '#agent/duties/mint.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { type MintingByHand, mintingByHand } from '../actions/access/credentials/on-sandbox.ts';

let hand: MintingByHand;
beforeEach(async () => {
  hand = await mintingByHand();
});
afterEach(() => hand.close());

/** One look of the agent, and what came of it. */
async function round(world: object = {}): Promise<readonly string[]> {
  const tasks = await duty.due({ ...hand.world, ...world } as never);
  return await Promise.all(
    tasks.map(({ run }) =>
      run().then(
        (said) => said ?? '',
        (error: Error) => `again: ${error.message}`,
      ),
    ),
  );
}

describe('a grant for which nothing can be issued', () => {
  it('has failed once that was so for a minute, and says why to whoever asked', async () => {
    const { grant } = await hand.activeGrant(3_600, null);
    expect(await round()).toEqual([expect.stringMatching(/^again: nobody knows a key of/u)]);
    expect((await hand.grant(grant)).status).toBe('active');
    await hand.time.advance(61_000);
    expect(await round()).toEqual([expect.stringMatching(/^it has failed, and is over: nobody knows a key/u)]);
    const failed = await hand.grant(grant);
    expect(failed).toMatchObject({ status: 'failed', endedAt: expect.any(String), credentials: [] });
    expect(await whyFailed(failed, hand.world.ledger)).toMatch(
      /^nobody knows a key of .*`till access key` prints it$/u,
    );
    expect(await round()).toEqual([]);
  });

  it('leaves nothing behind that was made on the way', async () => {
    const { grant } = await hand.activeGrant(3_600);
    const minter = await hand.world.minter('sandbox');
    const makeToken = async () => {
      throw new WriteFailure('refused', 'admission webhook "tokens" denied the request', '403');
    };
    const refusing = { minter: async () => ({ ...minter, makeToken }) };
    await hand.time.advance(61_000);
    expect(await round(refusing)).toEqual([expect.stringContaining('it has failed')]);
    const left = (['ServiceAccount', 'RoleBinding'] as const).flatMap((kind) =>
      hand.cluster.kubernetes.list(kind, 'maple-toys'),
    );
    expect(left.map(({ metadata }) => metadata.name)).toEqual(['default']);
    expect((await hand.grant(grant)).status).toBe('failed');
  });

  it('is tried again for as long as it lasts where the cluster is only away', async () => {
    const { grant } = await hand.activeGrant(3_600);
    const away = {
      minter: async () => {
        throw new WriteFailure('refused', 'sandbox: connection refused', 'ECONNREFUSED');
      },
    };
    await hand.time.advance(600_000);
    expect(await round(away)).toEqual(['again: sandbox: connection refused']);
    expect((await hand.grant(grant)).status).toBe('active');
    expect(await round()).toEqual(['issued: kubernetes/sandbox/maple-toys']);
  });

  it('works on with what it has where its next token is refused', async () => {
    const { grant } = await hand.activeGrant(6 * 3_600);
    await round();
    await hand.time.advance(3.9 * 3_600_000);
    const refused = async () => {
      throw new WriteFailure('refused', 'no', '403');
    };
    expect(await round({ minter: refused })).toEqual(['again: no']);
    expect((await hand.grant(grant)).status).toBe('active');
  });
});

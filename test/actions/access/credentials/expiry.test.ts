import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MintingByHand, mintingByHand } from './on-sandbox.ts';

let hand: MintingByHand;
beforeAll(async () => {
  hand = await mintingByHand();
});
afterAll(() => hand?.close());

/** Minted for so long, and then nobody is left to end it. */
async function abandoned(seconds: number) {
  const active = await hand.activeGrant(seconds);
  expect(await hand.minted(active.grant)).toMatchObject({ status: 'ok' });
  const [credential] = (await hand.grant(active.grant)).credentials;
  const [token = ''] = await hand.tokens(active.grant);
  const until = (instant: string | null | undefined) => Date.parse(instant ?? '') - hand.time.now();
  return { active, credential, until, ask: () => hand.answerTo(token) };
}

describe('a token when everybody is dead at the end of its grant', () => {
  it('is refused by the API server itself from what was said to be its residual, though it was in use all along', async () => {
    const { active, credential, until, ask } = await abandoned(900);
    expect(until(credential?.expiresAt) - until(active.expiresAt)).toBeLessThan(2_000);
    expect(await ask()).toBe(200);
    await hand.time.advance(until(credential?.expiresAt) + 58_000);
    expect(await ask()).toBe(200);
    await hand.time.advance(until(credential?.residualUntil));
    expect(await ask()).toBe(401);
  });

  it('lives ten minutes where the grant was shorter, and its credential says so beforehand', async () => {
    const { active, credential, until, ask } = await abandoned(300);
    expect(credential?.residual).toContain('A token lives 600 s at least');
    expect(until(credential?.expiresAt) - until(active.expiresAt)).toBeGreaterThan(290_000);
    await hand.time.advance(until(active.expiresAt) + 1_000);
    expect(await ask()).toBe(200);
    await hand.time.advance(until(credential?.residualUntil) + 1_000);
    expect(await ask()).toBe(401);
  });
});

describe('a grant that is longer than a token may live', () => {
  const minutes = (count: number) => count * 60_000;

  it('has another token half an hour before, which works on when the first is refused, and both end with it', async () => {
    const { grant, expiresAt } = await hand.activeGrant(6 * 3_600);
    await hand.minted(grant);
    const [first] = (await hand.grant(grant)).credentials;
    expect(first?.residual).toContain('before the grant is: the agent issues another');
    const lives = Date.parse(first?.expiresAt ?? '') - hand.time.now();
    expect(lives).toBeLessThanOrEqual(4 * 3_600_000);
    await hand.time.advance(lives - minutes(31));
    expect(await hand.lacked(grant)).toEqual([]);
    await hand.time.advance(minutes(2));
    expect(await hand.lacked(grant)).toEqual(['kubernetes/sandbox/maple-toys#2']);
    expect(await hand.minted(grant)).toMatchObject({ status: 'ok' });
    expect(await hand.lacked(grant)).toEqual([]);
    const [old = '', next = ''] = await hand.tokens(grant);
    expect(await hand.workersToken(grant)).toBe(next);
    await hand.time.advance(minutes(31));
    expect([await hand.answerTo(old), await hand.answerTo(next)]).toEqual([401, 200]);
    const [, second] = (await hand.grant(grant)).credentials;
    expect(Math.abs(Date.parse(second?.expiresAt ?? '') - Date.parse(expiresAt ?? ''))).toBeLessThan(2_000);
    await hand.ended(grant);
    expect((await hand.grant(grant)).credentials.every(({ retiredAt }) => retiredAt !== null)).toBe(true);
    expect(await hand.answerTo(next)).not.toBe(200);
  });

  it('has one token where that lives as long as it does', async () => {
    const { grant } = await hand.activeGrant(3_600);
    await hand.minted(grant);
    await hand.time.advance(minutes(55));
    expect(await hand.lacked(grant)).toEqual([]);
  });
});

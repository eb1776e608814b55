import { describe, expect, it } from 'vitest';
import { aMember, failureOf, nobody, operation, patroniAt, type Script } from './world.ts';

const turn = { leader: 'a', candidate: 'b' };
const asked = (script: Script) => aMember(script).then(({ url }) => patroniAt([url]).switchover(operation, turn));

describe('a switchover that is asked for', () => {
  it('names the leader that was seen, who asks and for which operation, and the password', async () => {
    const { url, heard } = await aMember(() => ({ body: 'Successfully switched over to "b"' }));
    const patroni = patroniAt([url], { username: 'till', password: { env: 'X' } });
    expect(await patroni.switchover(operation, turn)).toBe('Successfully switched over to "b"');
    expect(heard).toMatchObject([
      {
        ...{ method: 'POST', path: '/switchover', body: JSON.stringify(turn) },
        headers: {
          'content-type': 'application/json',
          'user-agent': expect.stringContaining(operation.id),
          authorization: `Basic ${Buffer.from('till:robin').toString('base64')}`,
        },
      },
    ]);
  });

  it.each([
    [412, 'leader name does not match', true],
    [412, 'candidate does not exists', false],
    [400, 'Switchover could be performed only from a specific leader', false],
    [401, 'no auth header received', false],
    [403, 'Access is denied', false],
    [422, 'Cannot schedule switchover in the past', false],
  ])('and answered %i %s was refused: nothing was written', async (status, body, moved) => {
    const failure = await failureOf(asked(() => ({ status, body })));
    expect(failure).toMatchObject({ certainty: 'refused', code: String(status), moved });
    expect(failure.message).toContain(body);
  });

  it('and answered with a page of HTML says that it was one', async () => {
    const failure = await failureOf(asked(() => ({ status: 400, body: '<html><h1>Error response</h1></html>' })));
    expect(failure.message).toBe('pg-1: Patroni answered 400: a page of HTML');
  });

  it.each([
    [503, 'Switchover status unknown after 20 seconds; operation may still be in progress'],
    [503, 'Switchover failed'],
    [500, 'Internal Server Error'],
  ])('and answered %i %s may have been done', async (status, body) => {
    expect(await failureOf(asked(() => ({ status, body })))).toMatchObject({
      certainty: 'unknown',
      code: String(status),
    });
  });

  it('and never answered may have been done, and is not asked for a second time', async () => {
    const [first, second] = [await aMember(() => null), await aMember(() => ({ body: 'Successfully' }))];
    const patroni = patroniAt([first.url, second.url], {}, { writeMs: 300 });
    const failure = await failureOf(patroni.switchover(operation, turn));
    expect(failure).toMatchObject({ certainty: 'unknown' });
    expect(failure.message).toContain('did not answer in time');
    expect(second.heard).toEqual([]);
  });

  it('of a member that is not there is asked of the next', async () => {
    const { url } = await aMember(() => ({ body: 'Successfully switched over to "b"' }));
    expect(await patroniAt([await nobody(), url]).switchover(operation, turn)).toContain('Successfully');
  });

  it('of nobody was refused', async () => {
    const failure = await failureOf(patroniAt([await nobody()]).switchover(operation, turn));
    expect(failure).toMatchObject({ certainty: 'refused', code: 'ECONNREFUSED' });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { openCluster } from '#systems/kubernetes/open.ts';
import { FaultServer } from './fault-server.ts';

let server: FaultServer;
let cluster: ClusterReader;
beforeEach(async () => {
  server = await new FaultServer().start();
  cluster = openCluster({ name: 'test', kubeconfig: server.kubeconfig() });
});
afterEach(async () => {
  await cluster.close();
  await server.close();
});

describe('one read', () => {
  it('gives the object', async () => {
    expect(await cluster.get('/version')).toEqual({ major: '1', minor: '36' });
  });

  it.each([
    [403, 'forbidden', 'we may not get /version (403)'],
    [404, 'unsupported', 'gone'],
    [401, 'unreachable', 'the API server does not know us (401): log in again'],
    [429, 'unreachable', 'the API server is busy and asks us to wait (429)'],
    [503, 'unreachable', 'the API server answered 503: gone'],
  ])('refused with %d is a failure that a grade can carry: %s', async (code, reason, message) => {
    server.always('/version', ({ refuse }) => refuse(code, 'gone'));
    await expect(cluster.get('/version')).rejects.toMatchObject({ reason, message, code: String(code) });
  });

  it('whose refusal tries to draw on the terminal is cleaned and cut', async () => {
    server.next('/version', ({ refuse }) => refuse(500, `\u001b[2J\u001b]0;x\u0007${'y'.repeat(10_000)}`));
    const failure = (await cluster.get('/version').catch((error: unknown) => error)) as Error;
    expect(failure.message).toMatch(/^the API server answered 500: y{150,200}…$/);
  });

  it('that is not answered in time is given up', async () => {
    server.isFrozen = true;
    await expect(cluster.get('/version', { deadlineMs: 30 })).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringContaining('does not answer in time'),
    });
  });

  it('that is answered with what is no JSON is a failure too', async () => {
    server.next('/version', ({ response }) => response.end('<html>'));
    await expect(cluster.get('/version')).rejects.toMatchObject({ name: 'ReadFailure', reason: 'unreachable' });
  });
});

describe('a Secret', () => {
  const secrets = '/api/v1/secrets';
  beforeEach(() => {
    const data = { password: Buffer.from('pässword').toString('base64') };
    server.put(secrets, { metadata: { name: 'db', namespace: 'shop' }, data } as never);
  });

  it('gives one key, decoded', async () => {
    expect(await cluster.secret('shop', 'db', 'password')).toBe('pässword');
  });

  it('without the key says which one', async () => {
    await expect(cluster.secret('shop', 'db', 'user')).rejects.toMatchObject({
      message: 'secret shop/db has no key "user"',
    });
  });

  it('that we may not read is forbidden, by name and without its content', async () => {
    server.always('/secrets/db', ({ refuse }) => refuse(403));
    await expect(cluster.secret('shop', 'db', 'password')).rejects.toMatchObject({
      reason: 'forbidden',
      message: 'we may not get secret shop/db (403)',
    });
  });
});

describe('what we may do', () => {
  const reviews = 'selfsubjectaccessreviews';

  it.each([true, false])('is what the server says: %s', async (allowed) => {
    server.next(reviews, ({ response }) => response.end(JSON.stringify({ status: { allowed } })));
    expect(await cluster.mayI('list', 'apps', 'deployments', 'shop')).toBe(allowed);
  });

  it('asks for a subresource as such', async () => {
    let asked = '';
    server.next(reviews, ({ request, response }) => {
      request.setEncoding('utf8').on('data', (part: string) => {
        asked += part;
      });
      request.on('end', () => response.end(JSON.stringify({ status: { allowed: true } })));
    });
    await cluster.mayI('create', '', 'pods/portforward', 'shop');
    expect(JSON.parse(asked).spec.resourceAttributes).toEqual({
      verb: 'create',
      group: '',
      resource: 'pods',
      subresource: 'portforward',
      namespace: 'shop',
    });
  });

  it('is not known when it cannot be asked', async () => {
    server.always(reviews, ({ refuse }) => refuse(403));
    expect(await cluster.mayI('list', '', 'pods')).toBeNull();
  });
});

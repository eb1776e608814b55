import { expect, it } from 'vitest';
import type { ApiServer } from './api-server.ts';
import type { Answer } from './client.ts';
import { fresh, type Server } from './objects.ts';
import { secrets, told } from './people.ts';

/** Secrets as grants are made of them: what holds one, and what asks for more than it may (facts: kubernetes-verified.md §0, §1). */
export function accountSecretContract(server: Server): void {
  const secret = (name: string, metadata: object = {}, type = 'till.dev/grant'): object => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ...metadata },
    type,
  });
  const remove = ({ admin }: ApiServer, name: string): Promise<Answer> =>
    admin.ask(`${secrets}/${name}`, { method: 'DELETE' });

  it('one that asks for a token must say whose', async () => {
    const answer = await server().admin.post(secrets, secret('whose', {}, 'kubernetes.io/service-account-token'));
    expect(told(answer)).toEqual([
      422,
      'Invalid',
      'Secret "whose" is invalid: metadata.annotations[kubernetes.io/service-account.name]: Required value',
    ]);
  });

  it('one with a finalizer stays, marked, until that is taken away, and takes no other', async () => {
    const { admin } = server();
    const name = fresh('held');
    await admin.post(secrets, secret(name, { finalizers: ['till.dev/held'] }));
    const { code, body } = await remove(server(), name);
    expect([code, body['kind'], body['metadata']?.['deletionGracePeriodSeconds']]).toEqual([200, 'Secret', 0]);
    const marked = body['metadata']?.['deletionTimestamp'];
    expect(marked).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const put = (finalizers: readonly string[]): Promise<Answer> =>
      admin.ask(`${secrets}/${name}`, { method: 'PUT', body: secret(name, { finalizers }) });
    expect((await put(['till.dev/held'])).body['metadata']?.['deletionTimestamp']).toBe(marked);
    expect(told(await put(['till.dev/held', 'till.dev/more']))).toEqual([
      422,
      'Invalid',
      `Secret "${name}" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"till.dev/more"}`,
    ]);
    expect((await remove(server(), name)).body['metadata']?.['deletionTimestamp']).toBe(marked);
    expect((await put([])).code).toBe(200);
    expect((await admin.ask(`${secrets}/${name}`)).code).toBe(404);
  });
}

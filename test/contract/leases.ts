import { expect, it } from 'vitest';
import type { Answer } from './client.ts';
import { fresh, type Server } from './objects.ts';
import { told } from './people.ts';

const leases = '/apis/coordination.k8s.io/v1/namespaces/contract/leases';

/** What electing a leader stands on: a Lease that only one of two can take. */
export function leaseContract(server: Server): void {
  const lease = (name: string, holderIdentity: string, resourceVersion?: string): object => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: {
      holderIdentity,
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: '2026-11-22T04:00:00.000000Z',
      renewTime: '2026-11-22T04:00:00.000000Z',
    },
  });
  const put = (name: string, holder: string, version?: string): Promise<Answer> =>
    server().admin.ask(`${leases}/${name}`, { method: 'PUT', body: lease(name, holder, version) });
  const versionOf = ({ body }: Answer): string => String(body['metadata']?.['resourceVersion']);

  it('is made by one of two', async () => {
    const name = fresh('lease');
    const answers = await Promise.all(['a', 'b'].map((holder) => server().admin.post(leases, lease(name, holder))));
    expect(answers.map(({ code }) => code).sort()).toEqual([201, 409]);
  });

  it('is taken over by one of two that saw the same version', async () => {
    const name = fresh('lease');
    const version = versionOf(await server().admin.post(leases, lease(name, 'gone')));
    const answers = await Promise.all(['a', 'b'].map((holder) => put(name, holder, version)));
    expect(answers.map(({ code }) => code).sort()).toEqual([200, 409]);
    const lost = answers.find(({ code }) => code === 409);
    expect(lost && told(lost)).toEqual([
      409,
      'Conflict',
      `Operation cannot be fulfilled on leases.coordination.k8s.io "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    ]);
  });

  it('cannot be written over without saying which version was seen', async () => {
    const name = fresh('lease');
    await server().admin.post(leases, lease(name, 'a'));
    expect(told(await put(name, 'b'))).toEqual([
      422,
      'Invalid',
      `leases.coordination.k8s.io "${name}" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`,
    ]);
  });

  it('that is not there is made by an update', async () => {
    expect((await put(fresh('lease'), 'a')).code).toBe(201);
  });

  it('makes sense, or is refused', async () => {
    const sent = { ...lease('x', 'a'), spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } };
    expect(told(await server().admin.post(leases, sent))).toEqual([
      422,
      'Invalid',
      'Lease.coordination.k8s.io "x" is invalid: [spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0, spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0]',
    ]);
    const wholeSeconds = { ...lease('x', 'a'), spec: { renewTime: '2026-11-22T04:00:00Z' } };
    const answer = await server().admin.post(leases, wholeSeconds);
    expect([answer.code, answer.body['reason']]).toEqual([400, 'BadRequest']);
    expect(answer.body['message']).toMatch(/^Lease in version "v1" cannot be handled as a Lease: parsing time/);
  });

  it('a patch needs no version', async () => {
    const name = fresh('lease');
    await server().admin.post(leases, lease(name, 'a'));
    const answer = await server().admin.ask(`${leases}/${name}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { spec: { holderIdentity: 'b' } },
    });
    expect([answer.code, answer.body['spec']?.['holderIdentity']]).toEqual([200, 'b']);
  });
}

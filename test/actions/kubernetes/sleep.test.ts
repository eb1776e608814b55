import { describe, expect, it } from 'vitest';
import type { Action } from '#actions/action.ts';
import { action as sleep } from '#actions/definitions/sleep.ts';
import { action as wake } from '#actions/definitions/wake.ts';
import { type ActingWorld, actingWorld, hpa, namespace, odoo } from './world.ts';

const deployment = (world: ActingWorld, name: string) =>
  world.kubernetes.get({ kind: 'Deployment', namespace, name }) as unknown as {
    readonly spec: { readonly replicas: number };
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  };
const seed = [odoo({ replicas: 3 }), hpa(3, 9), odoo({ component: 'cron', replicas: 1 })];

describe('sleep and wake', () => {
  it('take all pods away and bring back as many, with the autoscaler at rest between', async () => {
    const world = await actingWorld({ seed, tenant: { environment: 'staging' } });
    const slept = await world.perform(sleep as Action, {});
    expect(slept).toMatchObject({ status: 'ok' });
    expect(deployment(world, 'odoo-web').spec.replicas).toBe(0);
    expect(deployment(world, 'odoo-web').metadata.annotations?.['till.dev/asleep']).toBe(
      '{"replicas":3,"autoscaler":{"name":"odoo-web","min":3,"max":9}}',
    );
    expect(world.kubernetes.list('Pod', namespace).filter(({ metadata }) => !metadata['deletionTimestamp'])).toEqual(
      [],
    );
    const woken = await world.perform(wake as Action, slept.plan.undo?.params ?? {});
    expect(woken).toMatchObject({ status: 'ok' });
    expect(deployment(world, 'odoo-web').spec.replicas).toBe(3);
    expect(deployment(world, 'odoo-cron').spec.replicas).toBe(1);
    expect(deployment(world, 'odoo-web').metadata.annotations).not.toHaveProperty('till.dev/asleep');
  });

  it('is blocked in production, and where nobody said what it is', async () => {
    for (const environment of ['production', null] as const) {
      const world = await actingWorld({ seed, tenant: { environment } });
      expect((await world.plan(sleep as Action, {})).blockers).toMatchObject([{ by: 'environment production' }]);
    }
  });

  it('says that there is nobody to wake', async () => {
    const world = await actingWorld({ seed, tenant: { environment: 'staging' } });
    await expect(world.plan(wake as Action, {})).rejects.toThrow('was not put to sleep by till');
  });
});

import { describe, expect, it, vi } from 'vitest';
import type { Action } from '#actions/action.ts';
import { action as restartDefinition } from '#actions/definitions/restart.ts';
import { action as definition } from '#actions/definitions/rollback.ts';
import { type ActingWorld, actingWorld, namespace, odoo } from './world.ts';

const rollback = definition as unknown as Action;
const restart = restartDefinition as unknown as Action;
const before = { to: null, groups: [], hashes: {} };
const web = { kind: 'Deployment', namespace, name: 'odoo-web' };

interface Template {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}
const imageOf = (world: ActingWorld, name = 'odoo-web'): string | undefined =>
  (world.kubernetes.get({ ...web, name }) as unknown as Template).spec.template.spec.containers[0]?.image;

/** Rolls a new image out and waits until its ReplicaSet is there. */
async function release(world: ActingWorld, image: string, components = ['web']): Promise<void> {
  for (const component of components) {
    const name = `odoo-${component}`;
    const now = world.kubernetes.get({ ...web, name });
    const replicas = component === 'web' ? 2 : 1;
    const next = odoo({ component, image, replicas });
    world.kubernetes.apply({ ...next, metadata: { ...next.metadata, annotations: now?.metadata.annotations ?? {} } });
    await vi.waitFor(() =>
      expect(JSON.stringify(world.kubernetes.list('ReplicaSet', namespace).map(({ spec }) => spec))).toContain(image),
    );
  }
}

describe('rollback', () => {
  it('plans the difference of the pod template, by name, and is severe', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    await release(world, 'odoo:17.0-2.5.0');
    const plan = await world.plan(rollback, before);
    expect(plan).toMatchObject({
      danger: 'severe',
      blockers: [],
      objects: [{ kind: 'Deployment' }, { kind: 'ReplicaSet', version: null }],
      changes: [
        {
          field: 'spec.template.spec.containers[odoo].image',
          before: 'odoo:17.0-2.5.0',
          after: 'odoo:17.0-2.4.1',
        },
        { field: 'metadata.annotations[kubernetes.io/change-cause]', after: 'till rollback to revision 1' },
      ],
      equivalents: ['kubectl -n maple-toys rollout undo deployment/odoo-web --to-revision=1'],
    });
    expect(plan.warnings.at(-1)).toContain('the database is not rolled back');
    expect(await rollback.dryRun?.(plan, plan.params, world.context)).toBe('ok');
    expect(imageOf(world)).toBe('odoo:17.0-2.5.0');
  });

  it('heals a release that does not start, with its stamp and its cause, and leaves other annotations alone', async () => {
    const world = await actingWorld({ seed: [odoo({ annotations: { note: 'kept' } })] });
    world.kubernetes.setPodBehaviour({ namespace, labels: { 'app.kubernetes.io/component': 'web' } }, { notReady: {} });
    await release(world, 'odoo:17.0-2.5.0');
    world.kubernetes.setPodBehaviour({ namespace, labels: { 'app.kubernetes.io/component': 'web' } }, null);
    const ended = await world.perform(rollback, before);
    expect(ended).toMatchObject({ status: 'ok', message: 'odoo-web: 2 of 2 pods are available' });
    expect(ended.targets).toMatchObject([{ before: 'odoo:17.0-2.5.0', after: 'odoo:17.0-2.4.1' }]);
    expect(imageOf(world)).toBe('odoo:17.0-2.4.1');
    const { annotations } = world.kubernetes.get(web)?.metadata ?? {};
    expect(annotations).toMatchObject({
      note: 'kept',
      'kubernetes.io/change-cause': 'till rollback to revision 1',
      'deployment.kubernetes.io/revision': '3',
    });
    const looking = { ...world.context, signal: AbortSignal.timeout(5000), deadline: 0, progress: () => undefined };
    expect(await rollback.find?.(ended.plan, ended.plan.params, looking, ended.operation)).toBe('applied');
    const forward = await world.perform(rollback, ended.plan.undo?.params ?? {});
    expect(forward.status).toBe('ok');
    expect(imageOf(world)).toBe('odoo:17.0-2.5.0');
  });

  it('takes along what was released together, and nothing else', async () => {
    const others = [
      odoo({ component: 'cron', replicas: 1 }),
      odoo({ component: 'mail', replicas: 1, image: 'mail:1' }),
    ];
    const world = await actingWorld({ seed: [odoo(), ...others] });
    await release(world, 'odoo:17.0-2.5.0', ['web', 'cron']);
    const plan = await world.plan(rollback, before);
    expect([...new Set(plan.changes.map(({ object }) => object))]).toEqual([
      'Deployment maple-toys/odoo-web',
      'Deployment maple-toys/odoo-cron',
    ]);
  });

  it('goes past a restart, which nobody means to take back', async () => {
    const world = await actingWorld({ seed: [odoo({ replicas: 1 })] });
    await release(world, 'odoo:17.0-2.5.0');
    expect(await world.perform(restart, { groups: [] })).toMatchObject({ status: 'ok' });
    const plan = await world.plan(rollback, before);
    expect(plan.changes.map(({ after }) => after)).toContain('odoo:17.0-2.4.1');
  });

  it('says which revisions there are when the one asked for is not', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    await expect(world.plan(rollback, before)).rejects.toThrow('odoo-web has no older revision that differs');
    await expect(world.plan(rollback, { ...before, to: '7' })).rejects.toThrow('odoo-web has no revision 7');
  });

  it('is refused across Odoo series while the database cannot be asked', async () => {
    const world = await actingWorld({ seed: [odoo({ image: 'odoo:16.0-2.2.0' })] });
    await release(world, 'odoo:17.0-2.5.0');
    expect((await world.plan(rollback, before)).blockers).toMatchObject([
      { by: 'Odoo 17.0', reason: expect.stringContaining('an image alone cannot go back') },
    ]);
  });
});

describe('restart', () => {
  it('replaces every pod, rolling', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    const names = (): readonly string[] => world.kubernetes.list('Pod', namespace).map(({ metadata }) => metadata.name);
    const old = names();
    const ended = await world.perform(restart, { groups: ['web'] });
    expect(ended).toMatchObject({ status: 'ok', message: 'odoo-web: 2 of 2 pods are available' });
    await vi.waitFor(() => expect(names().filter((name) => old.includes(name))).toEqual([]));
    const looking = { ...world.context, signal: AbortSignal.timeout(5000), deadline: 0, progress: () => undefined };
    expect(await restart.find?.(ended.plan, ended.plan.params, looking, ended.operation)).toBe('applied');
  });

  it('is not blocked by Git, which does not say when pods were restarted', async () => {
    const world = await actingWorld({ seed: [odoo({ labels: { 'argocd.argoproj.io/instance': 'maple' } })] });
    expect((await world.plan(restart, { groups: [] })).blockers).toEqual([]);
  });
});

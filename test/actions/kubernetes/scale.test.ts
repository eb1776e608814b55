import { describe, expect, it } from 'vitest';
import type { Action } from '#actions/action.ts';
import { action as definition } from '#actions/definitions/scale.ts';
import { movedSince } from '#actions/digest.ts';
import { scaleGroup } from '#actions/kubernetes/scale-group.ts';
import { wishIn } from '#actions/kubernetes/scaling.ts';
import { autoscalerIn, workloadIn } from '#actions/kubernetes/workloads.ts';
import { actingTenant, actingWorld, hpa, namespace, odoo } from './world.ts';

const scale = definition as unknown as Action;
/** The bounds that a wish comes to, and what the plan says of it. */
function scaled({ min, max, running }: { min: number; max: number; running: number }, text: string) {
  const workload = workloadIn('Deployment', { ...odoo({ replicas: running }) });
  const git = () => 'nobody tracks it';
  const place = { cluster: 'eu-prod', tenant: 'maple-toys', isProduction: true, git };
  const { changes, warnings } = scaleGroup(workload, autoscalerIn({ ...hpa(min, max) }), wishIn(text, 'web'), place);
  const after = (field: string) => changes.find((change) => change.field === field)?.after;
  return { min: after('spec.minReplicas') ?? min, max: after('spec.maxReplicas') ?? max, warnings };
}

const wish = (groups: Record<string, string>) => ({ groups });

describe('scale', () => {
  it('takes numbers, differences and bounds, and nothing else', () => {
    expect(scale.parse({ web: '+2', group: ['celery=3'] })).toEqual({ groups: { web: '+2', celery: '3' } });
    expect(() => scale.parse({ web: 'many' })).toThrow('--web takes a number');
    expect(() => scale.parse({ web: '9999' })).toThrow('--web takes a number');
    expect(() => scale.parse({})).toThrow('how many of what?');
  });

  it('plans replicas where nobody else owns them, the same each time, and the way back', async () => {
    const world = await actingWorld({ seed: [odoo(), odoo({ component: 'cron', replicas: 1 })] });
    const plan = await world.plan(scale, wish({ web: '+2' }));
    expect(plan).toMatchObject({
      danger: 'moderate',
      blockers: [],
      tenants: ['maple-toys'],
      confirmWith: 'maple-toys',
      changes: [{ object: 'Deployment maple-toys/odoo-web', field: 'spec.replicas', before: 2, after: 4 }],
      undo: { action: 'scale', params: { groups: { web: '2' } } },
      equivalents: ['kubectl -n maple-toys scale deployment/odoo-web --current-replicas=2 --replicas=4'],
    });
    const again = await world.plan(scale, wish({ web: '+2' }));
    expect(movedSince(plan, again)).toBeNull();
    expect(await scale.dryRun?.(plan, plan.params, world.context)).toBe('ok');
    expect(world.kubernetes.get({ kind: 'Deployment', namespace, name: 'odoo-web' })?.spec).toMatchObject({
      replicas: 2,
    });
  });

  it('acts by /scale with its stamp, follows the pods, and finds itself again', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    const ended = await world.perform(scale, wish({ web: '4' }));
    expect(ended).toMatchObject({ status: 'ok', message: 'odoo-web: 4 of 4 pods are available' });
    const after = world.kubernetes.get({ kind: 'Deployment', namespace, name: 'odoo-web' });
    expect(after?.spec).toMatchObject({ replicas: 4 });
    expect(after?.metadata['managedFields']).toMatchObject([
      { manager: `till-${ended.operation}`, subresource: 'scale' },
    ]);
    const world2 = { ...world.context, signal: AbortSignal.timeout(5000), deadline: 0, progress: () => undefined };
    expect(await scale.find?.(ended.plan, ended.plan.params, world2, ended.operation)).toBe('applied');
    expect(await scale.find?.(ended.plan, ended.plan.params, world2, 'another')).toBe('indeterminate');
    const undo = await world.perform(scale, ended.plan.undo?.params ?? {});
    expect(undo).toMatchObject({ status: 'ok', message: 'odoo-web: 2 of 2 pods are available' });
  });

  it('says absent only while nobody has written since the plan', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    const plan = await world.plan(scale, wish({ web: '4' }));
    const looking = { ...world.context, signal: AbortSignal.timeout(5000), deadline: 0, progress: () => undefined };
    expect(await scale.find?.(plan, plan.params, looking, 'mine')).toBe('absent');
  });

  it('changes the bounds of an autoscaler instead, and says when they act', async () => {
    const world = await actingWorld({ seed: [odoo({ replicas: 3 }), hpa(3, 4)] });
    const plan = await world.plan(scale, wish({ web: '6' }));
    expect(plan.changes).toMatchObject([
      { object: 'HorizontalPodAutoscaler maple-toys/odoo-web', field: 'spec.minReplicas', before: 3, after: 6 },
      { object: 'HorizontalPodAutoscaler maple-toys/odoo-web', field: 'spec.maxReplicas', before: 4, after: 6 },
    ]);
    expect(plan.warnings).toEqual(
      expect.arrayContaining([expect.stringContaining('raising the minimum acts at once: 3 → 6 pods')]),
    );
    expect(plan.undo?.params).toEqual({ groups: { web: '3..4' } });
    const ended = await world.perform(scale, wish({ web: '6' }));
    expect(ended).toMatchObject({ status: 'ok', message: expect.stringContaining('6 of 6 pods are available') });
    const back = await world.plan(scale, wish({ web: '3..4' }));
    expect(back.warnings).toEqual(
      expect.arrayContaining([
        expect.stringContaining('lowering the minimum is a cliff'),
        'lowering the maximum acts at once: 6 → 4 pods',
      ]),
    );
  });

  it.each([
    ['+2', { min: 7, max: 9 }, '+2 counts from the 5 pods that run now: the minimum goes from 2 to 7'],
    ['+5', { min: 10, max: 10 }, '+5 counts from the 5 pods that run now: the minimum goes from 2 to 10'],
    ['-1', { min: 1, max: 9 }, '-1 counts from the minimum of 2: load decides how many of 5 pods go'],
  ])(
    'on an autoscaler of 2..9 that runs 5 takes %s for %o, and says from where it counts',
    async (text, bounds, words) => {
      const { min, max, warnings } = scaled({ min: 2, max: 9, running: 5 }, text);
      expect({ min, max }).toEqual(bounds);
      expect(warnings).toContain(words);
    },
  );

  it('names the pods it drops, and is severe when it takes more than half in production', async () => {
    const world = await actingWorld({ seed: [odoo({ replicas: 4 })] });
    const plan = await world.plan(scale, wish({ web: '1' }));
    expect(plan.danger).toBe('severe');
    expect(plan.warnings).toEqual([expect.stringMatching(/^drops 3 of 4 pods of odoo-web, most likely odoo-web-/)]);
    const staging = actingTenant({ environment: 'staging' });
    expect((await world.plan(scale, wish({ web: '1' }), staging)).danger).toBe('moderate');
    expect((await world.plan(scale, wish({ web: '2' }))).danger).toBe('moderate');
  });

  it('is blocked where Git owns the field, with a commit as the way out', async () => {
    const tracked = { 'argocd.argoproj.io/tracking-id': 'maple:apps/Deployment:maple-toys/odoo-web' };
    const world = await actingWorld({ seed: [odoo({ annotations: tracked })] });
    expect((await world.plan(scale, wish({ web: '3' }))).blockers).toEqual([
      {
        by: 'Argo CD maple',
        reason: expect.stringMatching(
          /^spec.replicas of Deployment maple-toys.odoo-web comes from Git, and nobody can tell .*403/u,
        ),
        until: null,
        wayOut: 'commit spec.replicas = 3 to the repository that Argo CD maple applies',
      },
    ]);
  });

  it('is blocked by a quota and by full nodes, and says how much there is', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'compute', namespace },
      spec: { hard: { 'requests.cpu': '1' } },
      status: { hard: { 'requests.cpu': '1' }, used: { 'requests.cpu': '500m' } },
    };
    const world = await actingWorld({ seed: [odoo(), quota] });
    expect((await world.plan(scale, wish({ web: '4' }))).blockers).toEqual([]);
    expect((await world.plan(scale, wish({ web: '5' }))).blockers).toMatchObject([
      {
        by: 'ResourceQuota maple-toys/compute',
        reason: expect.stringContaining('requests.cpu: 3 more need 750m, 500m is left'),
      },
    ]);
    const small = await actingWorld({ seed: [odoo({ cpu: '3' })] });
    const [blocker] = (await small.plan(scale, wish({ web: '99' }))).blockers;
    expect(blocker?.reason).toMatch(/^room for \d+ of 97 more odoo-web pods/);
  });

  it('says whom else a shared pool serves, and asks for its name', async () => {
    const shared = { hosting: 'shared' as const };
    const others = [actingTenant({ ...shared, name: 'sol-garden' }), actingTenant({ ...shared, name: 'kaffe-te' })];
    const world = await actingWorld({ seed: [odoo()], tenant: shared, others });
    const plan = await world.plan(scale, wish({ web: '3' }));
    expect(plan.tenants).toEqual(['maple-toys', 'sol-garden', 'kaffe-te']);
    expect(plan.confirmWith).toBe('maple-toys');
    expect(plan.warnings[0]).toContain('this touches 3 tenants');
  });

  it('does nothing when the world has moved since the plan', async () => {
    const world = await actingWorld({ seed: [odoo()] });
    const plan = await world.plan(scale, wish({ web: '3' }));
    const deployment = world.kubernetes.get({ kind: 'Deployment', namespace, name: 'odoo-web' });
    world.kubernetes.apply({ ...deployment, spec: { ...(deployment?.spec as object), replicas: 5 } } as never);
    expect(movedSince(plan, await world.plan(scale, wish({ web: '3' })))).toBe(
      'Deployment maple-toys/odoo-web spec.replicas was 2 and is 5 now',
    );
  });

  it('calls a rollout that does not end in time unknown, not failed', async () => {
    const world = await actingWorld({ seed: [odoo()], timeoutMs: 1500 });
    const labels = { 'app.kubernetes.io/component': 'web' };
    world.kubernetes.setPodBehaviour({ namespace, labels }, { unschedulable: {} });
    const ended = await world.perform(scale, wish({ web: '3' }));
    expect(ended).toMatchObject({ status: 'unknown', message: expect.stringContaining('the time is up') });
  });
});

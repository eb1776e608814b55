import { number, object } from '#systems/kubernetes/foreign.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { ActWorld, Step, Verdict } from '../action.ts';
import type { Change, Plan, PlanObject } from '../plan.ts';
import { followRollouts, untilDone } from './follow-rollout.ts';
import { labelOf, objectPath } from './object-path.ts';
import { preconditionsOf, readPinned } from './pinned.ts';
import { rolloutOf } from './rollout.ts';

type Scaled = { readonly planned: PlanObject; readonly changes: readonly Change[] };

function scaledIn({ objects, changes }: Pick<Plan, 'objects' | 'changes'>): readonly Scaled[] {
  return objects
    .map((planned) => ({ planned, changes: changes.filter(({ object: label }) => label === labelOf(planned)) }))
    .filter((each) => each.changes.length > 0);
}

/** `{"spec":{"replicas":4}}`: what both an act and its dry run send. */
function patchOf(changes: readonly Change[]): { readonly spec: Readonly<Record<string, unknown>> } {
  return { spec: Object.fromEntries(changes.map(({ field, after }) => [field.replace('spec.', ''), after])) };
}

const subresourceOf = ({ kind }: PlanObject): string => (kind === 'HorizontalPodAutoscaler' ? '' : '/scale');

/** What `--dry-run` asks the server with. */
export function scalePatches(plan: Pick<Plan, 'objects' | 'changes'>): readonly {
  readonly cluster: string;
  readonly path: string;
  readonly body: object;
}[] {
  return scaledIn(plan).map(({ planned, changes }) => ({
    cluster: planned.cluster ?? '',
    path: `${objectPath(planned)}${subresourceOf(planned)}`,
    body: { metadata: { uid: planned.uid }, ...patchOf(changes) },
  }));
}

export function scaleSteps(plan: Plan): readonly Step[] {
  return scaledIn(plan).map(({ planned, changes }) => ({
    name: `scale-${planned.name}`,
    words: `scaling ${planned.name}`,
    async run(operation, world) {
      const held = await readPinned(planned, world);
      refuseMoved(held, planned, changes);
      const writer = await world.clusterWriter(planned.cluster ?? '');
      const target = preconditionsOf(planned, held, subresourceOf(planned));
      const written = await writer.mergePatch(operation, target, patchOf(changes));
      return { object: labelOf(planned), uid: written.uid, resourceVersion: written.resourceVersion };
    },
  }));
}

/** An autoscaler may have no generation, so its values are compared too. */
function refuseMoved(held: object, { name }: PlanObject, changes: readonly Change[]): void {
  const spec = object(object(held)['spec']);
  for (const { field, before } of changes) {
    const now = number(spec[field.replace('spec.', '')], 1);
    if (now !== before) {
      throw new WriteFailure('refused', `${name} ${field} was ${String(before)} and is ${now} now`, '409', true);
    }
  }
}

/** Reads back what was written and follows it until as many pods are available. */
export async function verifyScale(plan: Plan, world: ActWorld): Promise<Verdict> {
  const scaled = scaledIn(plan);
  const summary = {
    before: scaled
      .flatMap(({ changes }) => changes.map(({ field, before }) => `${field} ${String(before)}`))
      .join(', '),
    after: scaled.flatMap(({ changes }) => changes.map(({ field, after }) => `${field} ${String(after)}`)).join(', '),
  };
  const told: string[] = [];
  for (const { planned, changes } of scaled) {
    const verdict =
      planned.kind === 'HorizontalPodAutoscaler'
        ? await verifyBounds(planned, changes, world)
        : await verifyReplicas(planned, changes, world);
    if (verdict.status !== 'ok') {
      return { ...verdict, ...summary };
    }
    told.push(verdict.message);
  }
  return { status: 'ok', message: told.length === 0 ? 'nothing had to change' : told.join('; '), ...summary };
}

async function verifyReplicas(planned: PlanObject, changes: readonly Change[], world: ActWorld): Promise<Verdict> {
  const cluster = await world.cluster(planned.cluster ?? '');
  const spec = object(object(await cluster.get(objectPath(planned)))['spec']);
  const now = number(spec['replicas'], 1);
  const [wanted] = changes.map(({ after }) => after);
  if (now !== wanted) {
    return {
      status: 'unknown',
      message: `${planned.name} was written, and has ${now} replicas now: somebody else has a say`,
    };
  }
  return await followRollouts([{ ...planned, cluster: planned.cluster ?? '' }], world);
}

/** The minimum has acted when the workload has that many, all available. */
async function verifyBounds(planned: PlanObject, changes: readonly Change[], world: ActWorld): Promise<Verdict> {
  const cluster = await world.cluster(planned.cluster ?? '');
  const spec = object(object(await cluster.get(objectPath(planned)))['spec']);
  const other = changes.find(({ field, after }) => number(spec[field.replace('spec.', '')], 1) !== after);
  if (other !== undefined) {
    return { status: 'unknown', message: `${planned.name} was written, and its ${other.field} is another one now` };
  }
  const [min, max] = [number(spec['minReplicas'], 1), number(spec['maxReplicas'], 1)];
  const target = object(spec['scaleTargetRef']);
  const workload = { kind: String(target['kind']), namespace: planned.namespace, name: String(target['name']) };
  return await untilDone(world, async () => {
    const held = object(await cluster.get(objectPath(workload)));
    const replicas = number(object(held['spec'])['replicas'], 1);
    const rollout = rolloutOf(held);
    // None at all switches an autoscaler off (facts: gitops.md §3.2).
    const isWithin = replicas === 0 || (replicas >= min && replicas <= max);
    return isWithin
      ? { ...rollout, words: `${workload.name}: ${rollout.words}` }
      : { ...rollout, status: 'going', words: `waiting for HPA ${planned.name} to act` };
  });
}

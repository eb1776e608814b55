import type { Configuration } from '#backups/write/backup.ts';
import type { Tenant } from '#estate/estate.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type Foreign, object, objects, text, texts } from '#systems/kubernetes/foreign.ts';
import { ReadFailure } from '#systems/source.ts';
import { clean } from '#text/clean.ts';
import type { PlanWorld } from '../action.ts';

/** What makes a tenant run, below its namespace. No Secrets: what they hold stays where it lives, and is restored from there. */
const collections: readonly (readonly [root: string, plural: string, kind: string])[] = [
  ['/apis/apps/v1', 'deployments', 'Deployment'],
  ['/apis/apps/v1', 'statefulsets', 'StatefulSet'],
  ['/apis/autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'],
  ['/apis/policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget'],
  ['/apis/batch/v1', 'cronjobs', 'CronJob'],
  ['/apis/networking.k8s.io/v1', 'ingresses', 'Ingress'],
  ['/apis/networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy'],
  ['/apis/traefik.io/v1alpha1', 'ingressroutes', 'IngressRoute'],
  ['/apis/traefik.io/v1alpha1', 'middlewares', 'Middleware'],
  ['/api/v1', 'services', 'Service'],
  ['/api/v1', 'configmaps', 'ConfigMap'],
  ['/api/v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'],
  ['/api/v1', 'serviceaccounts', 'ServiceAccount'],
  ['/api/v1', 'resourcequotas', 'ResourceQuota'],
];

const deadlineMs = 15_000;
const pageSize = 250;
const mostPages = 40;

/** Image digests, Kubernetes objects and the tenant's entry. What cannot be read is named: it is no reason to be without a backup. */
export async function configurationOf(tenant: Tenant, world: PlanWorld): Promise<Configuration> {
  const { cluster: name, namespace } = tenant;
  const found = name === null || namespace === null ? nothing : await objectsOf(name, namespace, tenant, world);
  return {
    json: {
      ...{ apiVersion: 'till/v1', kind: 'BackupConfiguration', tenant, images: found.images },
      ...{ objects: found.held, notRead: found.notRead },
    },
    images: found.images,
    notRead: found.notRead,
  };
}

interface Found {
  readonly held: readonly Foreign[];
  readonly images: Readonly<Record<string, string>>;
  readonly notRead: readonly string[];
}

const nothing: Found = { held: [], images: {}, notRead: [] };

async function objectsOf(name: string, namespace: string, { selector }: Tenant, world: PlanWorld): Promise<Found> {
  const held: Foreign[] = [];
  const notRead: string[] = [];
  const note = (what: string, error: unknown): boolean => {
    if (!(error instanceof ReadFailure)) {
      throw error;
    }
    if (error.code !== '404') {
      notRead.push(`${what}: ${clean(error.message)}`);
    }
    return error.reason === 'unreachable';
  };
  try {
    const cluster = await world.cluster(name);
    const below = `namespaces/${encodeURIComponent(namespace)}`;
    for (const [root, plural, kind] of collections) {
      try {
        const apiVersion = root.replace(/^\/apis?\//, '');
        const all = await itemsOf(cluster, `${root}/${below}/${plural}`);
        held.push(...all.map((one) => ({ apiVersion, kind, ...withoutState(one) })));
      } catch (error) {
        if (note(`${plural} of ${namespace} in ${name}`, error)) {
          return { held, images: {}, notRead };
        }
      }
    }
    const narrowed = selector === null ? '' : `&labelSelector=${encodeURIComponent(selector)}`;
    const pods = await itemsOf(cluster, `/api/v1/${below}/pods`, narrowed);
    return { held, images: imagesOf(pods), notRead };
  } catch (error) {
    note(`cluster ${name}`, error);
    return { held, images: {}, notRead };
  }
}

async function itemsOf(cluster: ClusterReader, path: string, narrowed = ''): Promise<readonly Foreign[]> {
  const found: Foreign[] = [];
  let next = '';
  for (let page = 0; page < mostPages; page += 1) {
    const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const answer = object(await cluster.get(`${path}?limit=${pageSize}${narrowed}${more}`, { deadlineMs }));
    found.push(...objects(answer['items']));
    next = text(object(answer['metadata'])['continue'], 4096);
    if (next === '') {
      break;
    }
  }
  return found;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** What somebody wrote, without what the server and its controllers know of it. */
function withoutState({ status: _status, ...held }: Foreign): Foreign {
  const { managedFields: _fields, ...metadata } = object(held['metadata']);
  const { [lastApplied]: _last, ...annotations } = object(metadata['annotations']);
  return { ...held, metadata: { ...metadata, annotations } };
}

/** What really runs, by `component/container`: with its digest where the kubelet has told it. */
function imagesOf(pods: readonly Foreign[]): Readonly<Record<string, string>> {
  const images: Record<string, string> = {};
  for (const pod of pods) {
    const metadata = object(pod['metadata']);
    const component = texts(metadata['labels'])['app.kubernetes.io/component'] ?? text(metadata['name']);
    for (const status of objects(object(pod['status'])['containerStatuses'])) {
      const digest = text(status['imageID'], 1024).replace(/^docker-pullable:\/\//, '');
      images[`${component}/${text(status['name'])}`] = digest.includes('@sha256:')
        ? digest
        : text(status['image'], 1024);
    }
  }
  return images;
}

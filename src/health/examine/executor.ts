import { executorPolicy } from '#estate/enforcement/executor.ts';
import { executorEstate } from '#estate/enforcement/job.ts';
import type { Estate } from '#estate/estate.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Finding, flaw, ok } from '../finding.ts';

const check = 'executor';
const printed = 'till manifests executor prints it; an administrator applies it';

/** Whether long work runs as a Job in this cluster, and what would keep it from it; nothing where the estate runs it elsewhere. */
export async function examineExecutor(
  name: string,
  cluster: Pick<ClusterReader, 'get' | 'mayI'>,
  { backups, ledger }: Pick<Estate, 'backups' | 'ledger'>,
): Promise<readonly Finding[]> {
  const executor = backups?.executor;
  if (executor === undefined || executor.cluster !== name) {
    return [];
  }
  const { namespace, serviceAccount, image } = executor;
  const subject = `kubernetes/${name}`;
  if (ledger?.postgres === undefined) {
    const message = 'it needs the ledger in PostgreSQL: until then long work runs in a worker of the host that asks';
    return [flaw(subject, check, 'weak', message, { next: 'name one under `ledger:`, then till ledger setup' })];
  }
  try {
    const there = async (path: string) => await isThere(path, cluster);
    const inside = `/api/v1/namespaces/${namespace}`;
    const policy = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/${executorPolicy}`;
    const [hasNamespace, hasAccount, hasEstate, hasPolicy, mayBegin] = await Promise.all([
      there(inside),
      there(`${inside}/serviceaccounts/${serviceAccount}`),
      there(`${inside}/configmaps/${executorEstate}`),
      there(policy),
      cluster.mayI('create', 'batch', 'jobs', namespace),
    ]);
    const missing = [
      ...(hasNamespace === false ? [`namespace ${namespace}`] : []),
      ...(hasAccount === false ? [`ServiceAccount ${serviceAccount}`] : []),
      ...(hasEstate === false ? [`ConfigMap ${executorEstate}`] : []),
    ];
    if (missing.length > 0) {
      return [flaw(subject, check, 'missing', `not in ${namespace}: ${missing.join(', ')}`, { next: printed })];
    }
    if (mayBegin === false) {
      const message = `we may not create Jobs in ${namespace}: long work cannot be begun from here`;
      return [flaw(subject, check, 'missing', message, { next: 'till manifests executor --starters GROUP' })];
    }
    if (hasPolicy === false) {
      const message = `nothing holds Jobs in ${namespace} to the form that till's have: whoever may create one reads its Secret`;
      return [flaw(subject, check, 'weak', message, { next: printed })];
    }
    return [ok(subject, check, `long work runs as Jobs in ${namespace}, from ${image}`)];
  } catch (error) {
    if (error instanceof ReadFailure) {
      return [flaw(subject, check, 'away', error.message)];
    }
    throw error;
  }
}

/** Null where we may not look: then nobody can say from here. */
async function isThere(path: string, cluster: Pick<ClusterReader, 'get'>): Promise<boolean | null> {
  try {
    await cluster.get(path, { deadlineMs: 5_000 });
    return true;
  } catch (error) {
    if (error instanceof ReadFailure && (error.code === '404' || error.reason === 'forbidden')) {
      return error.code === '404' ? false : null;
    }
    throw error;
  }
}

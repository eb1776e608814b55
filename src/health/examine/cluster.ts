import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Finding, flaw, ok } from '../finding.ts';
import { signals } from '../signals/index.ts';

/** The oldest minor version that till is tried on. */
const oldestMinor = 29;

const kinds = [
  { kind: 'deployments', group: 'apps' },
  { kind: 'statefulsets', group: 'apps' },
  { kind: 'pods', group: '' },
  { kind: 'horizontalpodautoscalers', group: 'autoscaling' },
  { kind: 'nodes', group: '' },
  { kind: 'namespaces', group: '' },
] as const;

export async function examineCluster(name: string, cluster: ClusterReader): Promise<readonly Finding[]> {
  const subject = `kubernetes/${name}`;
  try {
    const version = await cluster.get('/version', { deadlineMs: 5000 });
    const permissions = await Promise.all(kinds.map((kind) => permission(subject, cluster, kind)));
    return [versionFinding(subject, version), ...permissions];
  } catch (error) {
    if (error instanceof ReadFailure) {
      return [
        flaw(subject, 'reached', error.reason === 'forbidden' ? 'missing' : 'away', error.message, { hides: hidden() }),
      ];
    }
    throw error;
  }
}

function versionFinding(subject: string, answer: unknown): Finding {
  const { gitVersion, minor } = (answer ?? {}) as { gitVersion?: unknown; minor?: unknown };
  const number = Number.parseInt(String(minor), 10);
  return number < oldestMinor
    ? flaw(subject, 'version', 'weak', `${String(gitVersion)}: till is made for 1.${oldestMinor} and newer`)
    : ok(subject, 'version', `reached, ${String(gitVersion)}`);
}

async function permission(
  subject: string,
  cluster: ClusterReader,
  { kind, group }: (typeof kinds)[number],
): Promise<Finding> {
  const check = `watch ${kind}`;
  const [list, watch] = await Promise.all([cluster.mayI('list', group, kind), cluster.mayI('watch', group, kind)]);
  if (list === null || watch === null) {
    return flaw(subject, check, 'weak', 'the API server would not say whether we may');
  }
  if (list && watch) {
    return ok(subject, check, 'allowed in every namespace');
  }
  return flaw(subject, check, 'weak', `not allowed to ${list ? 'watch' : 'list'} ${kind} in every namespace`, {
    hides: hidden(kind),
    next:
      kind === 'nodes' || kind === 'namespaces'
        ? `a ClusterRole with get, list and watch on ${kind} shows it`
        : 'till then watches the namespaces that the estate names; a ClusterRole with get, list and watch widens it',
  });
}

function hidden(kind?: string): readonly string[] {
  return signals.flatMap((signal) =>
    signal.from === 'kubernetes' && (kind === undefined || signal.kinds.some((own) => own === kind))
      ? [signal.name]
      : [],
  );
}

import { type Manifest, ownLabels } from './manifest.ts';

export const operationLabel = 'till.dev/operation';
/** What an administrator fills: the estate as the executor uses it, and its passwords and keys, a file each. */
export const executorEstate = 'till-executor-estate';
export const executorSecret = 'till-executor';
export const estateFile = '/etc/till/estate/estate.yaml';
const [scratch, state, filestore] = ['/scratch', '/var/lib/till', '/filestore'];
/** Which volume is where, and what a worker is told of it: the admission policy lets in no more, and none of them elsewhere. */
export const mounts: Readonly<Record<string, string>> = {
  estate: '/etc/till/estate',
  secrets: '/etc/till/secrets',
  state,
  scratch,
  filestore,
};
export const variables: Readonly<Record<string, string>> = {
  XDG_STATE_HOME: state,
  HOME: scratch,
  TMPDIR: scratch,
  TILL_FILESTORE: filestore,
};

export interface ExecutorJob {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly image: string;
  /** What the worker is started with; no secrets. */
  readonly args: readonly string[];
  readonly operation: string;
  readonly action: string;
  /** Seconds for all of its pods together. */
  readonly capSeconds: number;
  /** Room for what is downloaded and unpacked: `20Gi`. */
  readonly scratch: string;
  /** A claim of this namespace that holds the tenant's filestore. */
  readonly claim: string | null;
}

/**
 * The Job of one operation, under the restricted pod security standard. A pod that dies is followed by another, which takes the operation
 * up under its id; never two at once, as far as the cluster can tell. A drained node does not count as a failure.
 */
export function executorJob(job: ExecutorJob): Manifest & { readonly spec: object } {
  const labels = {
    ...ownLabels,
    'app.kubernetes.io/name': 'till-executor',
    'app.kubernetes.io/component': job.action,
    [operationLabel]: job.operation,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: job.name, namespace: job.namespace, labels },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      activeDeadlineSeconds: job.capSeconds,
      // Its story is in the ledger; the pod's log is there for a day.
      ttlSecondsAfterFinished: 86_400,
      template: { metadata: { labels }, spec: podOf(job) },
    },
  };
}

function podOf({ serviceAccount, image, args, scratch: room, claim }: ExecutorJob): object {
  return {
    serviceAccountName: serviceAccount,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    // To remove what it made, and to say so.
    terminationGracePeriodSeconds: 120,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      fsGroup: 65_532,
      // A claim that till only reads is not gone through file by file.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'worker',
        image,
        args: [...args],
        env: Object.entries(variables).flatMap(([name, value]) =>
          claim === null && value === filestore ? [] : [{ name, value }],
        ),
        resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: Object.entries(mounts).flatMap(([name, mountPath]) =>
          claim === null && name === 'filestore'
            ? []
            : [{ name, mountPath, ...(name === 'state' || name === 'scratch' ? {} : { readOnly: true }) }],
        ),
      },
    ],
    volumes: [
      { name: 'estate', configMap: { name: executorEstate } },
      { name: 'secrets', secret: { secretName: executorSecret, defaultMode: 0o440 } },
      { name: 'state', emptyDir: { sizeLimit: '64Mi' } },
      { name: 'scratch', emptyDir: { sizeLimit: room } },
      ...(claim === null ? [] : [{ name: 'filestore', persistentVolumeClaim: { claimName: claim, readOnly: true } }]),
    ],
  };
}

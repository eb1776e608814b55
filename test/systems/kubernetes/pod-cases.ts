/** Pods and what kubectl prints of them: STATUS, READY, RESTARTS. The real API server is asked for the same in real-api. */
export interface Given {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status: object;
}

const running = (name: string, restartCount = 0) => ({
  name,
  ready: true,
  started: true,
  restartCount,
  state: { running: {} },
});
const waiting = (name: string, reason?: string, restartCount = 0) => ({
  name,
  ready: false,
  restartCount,
  state: { waiting: { reason } },
});
const ended = (name: string, end: object, restartCount = 0) => ({
  name,
  ready: false,
  restartCount,
  state: { terminated: end },
});
const done = { exitCode: 0, reason: 'Completed' };
const ready = [{ type: 'Ready', status: 'True' }];
const init = (...containers: object[]) => ({ initContainers: containers });
const deleted = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };

/** Every pod has the containers `a` and `b`. */
export const podCases: readonly (readonly [string, Given])[] = [
  ['Pending 0/2 0', { status: { phase: 'Pending' } }],
  ['Running 2/2 3', { status: { phase: 'Running', containerStatuses: [running('a', 1), running('b', 2)] } }],
  ['ContainerCreating 0/2 0', { status: { phase: 'Pending', containerStatuses: [waiting('a', 'ContainerCreating')] } }],
  [
    'CrashLoopBackOff 1/2 7',
    { status: { phase: 'Running', containerStatuses: [running('a'), waiting('b', 'CrashLoopBackOff', 7)] } },
  ],
  // The first container decides: the list is walked from its end.
  [
    'ImagePullBackOff 0/2 0',
    {
      status: {
        phase: 'Pending',
        containerStatuses: [waiting('a', 'ImagePullBackOff'), waiting('b', 'CreateContainerError')],
      },
    },
  ],
  [
    'Error 1/2 0',
    { status: { phase: 'Running', containerStatuses: [ended('a', { exitCode: 1, reason: 'Error' }), running('b')] } },
  ],
  [
    'OOMKilled 0/2 4',
    { status: { phase: 'Running', containerStatuses: [ended('a', { exitCode: 137, reason: 'OOMKilled' }, 4)] } },
  ],
  ['ExitCode:3 0/2 0', { status: { phase: 'Failed', containerStatuses: [ended('a', { exitCode: 3 })] } }],
  ['Signal:9 0/2 0', { status: { phase: 'Failed', containerStatuses: [ended('a', { exitCode: 137, signal: 9 })] } }],
  ['Completed 0/2 0', { status: { phase: 'Succeeded', containerStatuses: [ended('a', done), ended('b', done)] } }],
  [
    'Running 1/2 0',
    { status: { phase: 'Running', conditions: ready, containerStatuses: [ended('a', done), running('b')] } },
  ],
  ['NotReady 1/2 0', { status: { phase: 'Running', containerStatuses: [ended('a', done), running('b')] } }],
  ['Evicted 0/2 0', { status: { phase: 'Failed', reason: 'Evicted' } }],
  [
    'SchedulingGated 0/2 0',
    {
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
    },
  ],
  [
    'Init:0/2 0/2 0',
    {
      spec: init({ name: 'i' }, { name: 'j' }),
      status: { phase: 'Pending', initContainerStatuses: [waiting('i', 'PodInitializing')] },
    },
  ],
  [
    'Init:1/2 0/2 0',
    {
      spec: init({ name: 'i' }, { name: 'j' }),
      status: {
        phase: 'Pending',
        initContainerStatuses: [ended('i', done), running('j')],
        containerStatuses: [waiting('a', 'PodInitializing')],
      },
    },
  ],
  [
    'Init:CrashLoopBackOff 0/2 5',
    {
      spec: init({ name: 'i' }),
      status: { phase: 'Pending', initContainerStatuses: [waiting('i', 'CrashLoopBackOff', 5)] },
    },
  ],
  [
    'Init:Error 0/2 1',
    {
      spec: init({ name: 'i' }),
      status: { phase: 'Pending', initContainerStatuses: [ended('i', { exitCode: 1, reason: 'Error' }, 1)] },
    },
  ],
  [
    'Init:ExitCode:2 0/2 0',
    { spec: init({ name: 'i' }), status: { phase: 'Pending', initContainerStatuses: [ended('i', { exitCode: 2 })] } },
  ],
  [
    'Init:Signal:15 0/2 0',
    {
      spec: init({ name: 'i' }),
      status: { phase: 'Pending', initContainerStatuses: [ended('i', { exitCode: 1, signal: 15 })] },
    },
  ],
  [
    'PodInitializing 0/2 0',
    {
      spec: init({ name: 'i' }),
      status: {
        phase: 'Pending',
        initContainerStatuses: [ended('i', done, 2)],
        containerStatuses: [waiting('a', 'PodInitializing')],
      },
    },
  ],
  // A sidecar counts as a container, and its restarts count after the start.
  [
    'Running 3/3 4',
    {
      spec: init({ name: 's', restartPolicy: 'Always' }),
      status: {
        phase: 'Running',
        initContainerStatuses: [running('s', 3)],
        containerStatuses: [running('a', 1), running('b')],
      },
    },
  ],
  [
    'Init:0/1 0/3 0',
    {
      spec: init({ name: 's', restartPolicy: 'Always' }),
      status: { phase: 'Pending', initContainerStatuses: [{ ...running('s'), ready: false, started: false }] },
    },
  ],
  // Initialized once, so its containers count although a sidecar is down.
  [
    'Init:0/1 2/3 6',
    {
      spec: init({ name: 's', restartPolicy: 'Always' }),
      status: {
        phase: 'Running',
        conditions: [{ type: 'Initialized', status: 'True' }],
        initContainerStatuses: [waiting('s', undefined, 6)],
        containerStatuses: [running('a'), running('b')],
      },
    },
  ],
  ['Terminating 2/2 0', { ...deleted, status: { phase: 'Running', containerStatuses: [running('a'), running('b')] } }],
  ['Completed 0/2 0', { ...deleted, status: { phase: 'Succeeded', containerStatuses: [ended('a', done)] } }],
  ['Unknown 0/2 0', { ...deleted, status: { phase: 'Running', reason: 'NodeLost' } }],
];

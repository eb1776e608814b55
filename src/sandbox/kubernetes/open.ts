import { join } from 'node:path';
import { keepAccountSecrets } from './access/account-secrets.ts';
import { keepAggregated } from './access/aggregation.ts';
import { AuditLog } from './access/audit-log.ts';
import { createAuthority } from './access/certificates.ts';
import { defaultRoles } from './access/default-roles.ts';
import { Authenticator } from './access/identity.ts';
import { writeKubeconfig } from './access/kubeconfig.ts';
import { Authorizer } from './access/rbac.ts';
import { ServiceAccountTokens } from './access/service-accounts.ts';
import { Admission } from './admission/admission.ts';
import { type Api, serve } from './api/api.ts';
import { forwardPort } from './api/port-forward.ts';
import { listen } from './api/server.ts';
import { Controllers } from './controllers/controllers.ts';
import { Processes } from './controllers/processes.ts';
import { admitted } from './defaults/admit.ts';
import { customResources } from './defaults/custom-resources.ts';
import type { Kind } from './kinds/kind.ts';
import { PodLogs } from './logs.ts';
import { plant } from './seed.ts';
import { Store } from './store/store.ts';
import type {
  ObjectRef,
  SandboxKubernetes,
  SandboxKubernetesOptions,
  SeedObject,
  StoredObject,
  Timers,
} from './types.ts';

const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Starts a Kubernetes API with the controllers that matter, on 127.0.0.1, and writes a kubeconfig for it. */
export async function startKubernetes(options: SandboxKubernetesOptions): Promise<SandboxKubernetes> {
  const { clock, timers = systemTimers, folder, seed, pace = 1 } = options;
  const store = new Store(clock);
  const authority = createAuthority('till-sandbox-ca', clock.now());
  const audit = new AuditLog(join(folder, 'kubernetes-audit.log'));
  const accounts = new ServiceAccountTokens(store, clock);
  const authenticator = new Authenticator(clock, accounts);
  const processes = options.processes === undefined ? null : new Processes(options.processes);
  const behind = { processes, ...(options.serving === undefined ? {} : { server: options.serving }) };
  const controllers = new Controllers(store, clock, timers, pace, authority.pem, behind);
  const logs = new PodLogs(clock, (pod) => processes?.logOf(pod) ?? controllers.serving.logOf(pod));
  const admit = admission();
  store.onChange(({ type, entry }) => {
    if (entry.kind.plural === 'customresourcedefinitions') {
      if (type === 'DELETED') {
        store.kinds.undefine(entry.object.metadata.name);
      } else {
        store.kinds.define(entry.object);
      }
    }
  });
  let port = 0;
  const authorizer = new Authorizer(store);
  const api: Api = {
    store,
    clock,
    timers,
    authenticator,
    authorizer,
    accounts,
    audit,
    admit,
    admission: new Admission(store, authorizer),
    log: logs.source,
    remove: (object) => controllers.remove(object),
    orphan: (object) => controllers.orphan(object),
    address: () => `127.0.0.1:${port}`,
    ...(options.maxTokenSeconds === undefined ? {} : { maxTokenSeconds: options.maxTokenSeconds }),
  };
  plant(
    controllers,
    (kind, object) => store.put(kind, admit(kind, object)),
    [...customResources, ...defaultRoles, ...seed],
    authority.pem,
  );
  keepAggregated(store);
  keepAccountSecrets(store, accounts, authority.pem);
  store.compact();
  controllers.begin();

  const server = await listen(options.port ?? 0, authority, {
    request: (request, response) => void serve(api, request, response),
    upgrade: (request, socket) => forwardPort(api, request, socket, (pod, at) => controllers.serving.behind(pod, at)),
  });
  port = server.port;
  const url = `https://127.0.0.1:${port}`;
  const { caPath, kubeconfigPath } = await writeKubeconfig(folder, url, authority);

  const find = ({ kind, namespace, name }: ObjectRef): StoredObject | undefined => {
    const known = store.kinds.named(kind);
    return known === undefined ? undefined : store.get(known, namespace, name);
  };
  return {
    url,
    caPath,
    kubeconfigPath,
    auditLogPath: audit.path,
    apply: (object) => apply(store, admit, object),
    remove: (ref) => {
      const object = find(ref);
      return object !== undefined && controllers.remove(object) !== undefined;
    },
    get: find,
    list: (kind, namespace) => {
      const known = store.kinds.named(kind);
      return known === undefined ? [] : store.entries(known, namespace).map(({ object }) => object);
    },
    setPodBehaviour: (selector, behaviour) => controllers.kubelet.behave(selector, behaviour),
    setLoad: ({ namespace, name }, percent) => controllers.autoscalers.load(`${namespace}/${name}`, percent),
    setNodeCondition: (node, condition) => controllers.nodes.set(node, condition),
    setPodLog: (selector, log) => logs.set(selector, log),
    issueToken: (user, groups) => authenticator.issueToken(user, groups),
    revokeToken: (token) => authenticator.revokeToken(token),
    compact: () => store.compact(),
    cut: () => server.cut(),
    close: async () => {
      controllers.stop();
      await processes?.close();
      await controllers.serving.close();
      await server.close();
      audit.close();
    },
  };
}

/** What the API server fills in; Services get addresses one after the other. */
function admission(): Api['admit'] {
  let addresses = 0;
  return (kind, object) =>
    admitted(kind, object, () => {
      addresses += 1;
      return `10.96.${(addresses >>> 8) & 0xff}.${addresses & 0xff}`;
    });
}

function apply(store: Store, admit: Api['admit'], object: SeedObject): StoredObject {
  const kind: Kind | undefined = store.kinds.of(object.apiVersion, object.kind);
  if (kind === undefined) {
    throw new Error(`the sandbox serves no ${object.apiVersion} ${object.kind}`);
  }
  const { namespace, name } = object.metadata;
  const namespaces = store.kinds.of('v1', 'Namespace');
  if (
    namespace !== undefined &&
    namespaces !== undefined &&
    store.get(namespaces, undefined, namespace) === undefined
  ) {
    apply(store, admit, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  }
  const before = store.get(kind, namespace, name);
  const status = object.status ?? before?.status;
  return store.put(kind, admit(kind, status === undefined ? object : { ...object, status }));
}

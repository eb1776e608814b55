import { createAuthority } from './access/certificates.ts';
import { defaultRoles } from './access/default-roles.ts';
import { Authenticator } from './access/identity.ts';
import { writeKubeconfig } from './access/kubeconfig.ts';
import { Authorizer } from './access/rbac.ts';
import { type Api, serve } from './api/api.ts';
import { listen } from './api/server.ts';
import { Store } from './store/store.ts';
import type { SandboxKubernetes, SandboxKubernetesOptions, StoredObject, Timers } from './types.ts';

const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Starts a Kubernetes API with the controllers that matter, on 127.0.0.1, and writes a kubeconfig for it. */
export async function startKubernetes(options: SandboxKubernetesOptions): Promise<SandboxKubernetes> {
  const { clock, timers = systemTimers } = options;
  const store = new Store(clock);
  const authenticator = new Authenticator();
  const authority = createAuthority('till-sandbox-ca', clock.now());
  let port = 0;

  const api: Api = {
    store,
    clock,
    timers,
    authenticator,
    authorizer: new Authorizer(store),
    admit: (_, object) => object,
    log: () => [],
    remove: (object) => object,
    address: () => `127.0.0.1:${port}`,
  };
  for (const object of [...defaultRoles, ...options.seed]) {
    const kind = store.kinds.of(object.apiVersion, object.kind);
    if (kind === undefined) {
      throw new Error(`the sandbox knows no ${object.apiVersion} ${object.kind}`);
    }
    store.put(kind, object);
  }
  const server = await listen(options.port ?? 0, authority, (request, response) => {
    void serve(api, request, response);
  });
  port = server.port;
  const url = `https://127.0.0.1:${port}`;
  const { caPath, kubeconfigPath } = await writeKubeconfig(options.folder, url, authority);
  return {
    url,
    caPath,
    kubeconfigPath,
    apply: (object) => object as StoredObject,
    remove: () => false,
    get: () => undefined,
    list: () => [],
    setPodBehaviour: () => {},
    setLoad: () => {},
    setNodeCondition: () => {},
    setPodLog: () => {},
    close: () => server.close(),
  };
}

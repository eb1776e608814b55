import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { suggest } from '#text/suggest.ts';
import { ReadFailure } from '../source.ts';
import { type Foreign, object, objects, textOrNull, texts } from './foreign.ts';

/** Where a cluster is and who we are there: one context of a kubeconfig, with paths made absolute. */
export interface Access {
  readonly context: string;
  /** Without a slash at its end. */
  readonly server: string;
  readonly tlsServerName: string | null;
  readonly skipTlsVerify: boolean;
  readonly ca: Material;
  readonly proxyUrl: string | null;
  /** The cluster as an exec plugin is told of it when it asks (`provideClusterInfo`). */
  readonly cluster: Foreign;
  readonly user: User;
}

/** Text at hand (base64 in a kubeconfig) or in a file that is read when it is needed. */
export interface Material {
  readonly data: string | null;
  readonly file: string | null;
}

export interface User {
  readonly name: string;
  readonly certificate: Material;
  readonly key: Material;
  readonly token: string | null;
  readonly tokenFile: string | null;
  readonly basic: { readonly username: string; readonly password: string } | null;
  readonly exec: Foreign | null;
  readonly authProvider: Foreign | null;
  readonly as: {
    readonly user: string;
    readonly uid: string | null;
    readonly groups: readonly string[];
    readonly extra: Foreign;
  } | null;
}

export interface KubeconfigChoice {
  /** One file; left out: the list in KUBECONFIG, else ~/.kube/config, else the pod's own service account. */
  readonly path: string | undefined;
  /** Left out: the current context. */
  readonly context: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Somebody else at the same place: a grant's token in place of the context's own login. */
  readonly token?: string | undefined;
}

/**
 * Own reading instead of client-node's KubeConfig: importing that costs half a second and 75 MB, and it refuses two files
 * that name one cluster, drops `as-groups` and does not know `tokenFile`. Its OIDC provider is used (credentials.ts).
 */
export async function accessOf(choice: KubeconfigChoice): Promise<Access> {
  const access = await accessIn(choice);
  return choice.token === undefined ? access : { ...access, user: userFrom('grant', { token: choice.token }, '.') };
}

async function accessIn(choice: KubeconfigChoice): Promise<Access> {
  const paths = pathsOf(choice);
  const files = await Promise.all(paths.map((path) => readKubeconfig(path, choice.path !== undefined)));
  const found = files.filter((file) => file !== null);
  if (found.length === 0) {
    const inCluster = ofServiceAccount(choice.env);
    if (inCluster !== null) {
      return inCluster;
    }
    throw new ReadFailure('unreachable', `no kubeconfig at ${paths.join(' or ')}`, 'no-kubeconfig');
  }
  return accessFrom(found, choice.context);
}

interface KubeconfigFile {
  readonly folder: string;
  readonly content: Foreign;
}

function pathsOf({ path, env }: KubeconfigChoice): readonly string[] {
  if (path !== undefined) {
    return [resolve(path)];
  }
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((it) => it !== '');
  return listed.length > 0 ? listed.map((it) => resolve(it)) : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
}

async function readKubeconfig(path: string, mustExist: boolean): Promise<KubeconfigFile | null> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    // kubectl passes over files of the list that are not there.
    if (code === 'ENOENT' && !mustExist) {
      return null;
    }
    const why = code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`;
    throw new ReadFailure('unreachable', `kubeconfig ${path} ${why}`, code, error);
  }
  const { parse } = await import('yaml');
  try {
    return { folder: dirname(path), content: object(parse(content, { logLevel: 'error' })) };
  } catch {
    // The parser's message quotes the line, which may hold a token.
    throw new ReadFailure('unreachable', `kubeconfig ${path} is not valid YAML`, 'kubeconfig-invalid');
  }
}

/** As kubectl merges: of two entries with one name the first wins, and the first current-context that is set. */
function accessFrom(files: readonly KubeconfigFile[], wanted: string | undefined): Access {
  const current = files.map(({ content }) => textOrNull(content['current-context'])).find((it) => it !== null);
  const context = wanted ?? current;
  const names = files.flatMap(({ content }) => objects(content['contexts']).map((it) => textOrNull(it['name']) ?? ''));
  if (context === undefined || context === null) {
    throw new ReadFailure('unreachable', 'the kubeconfig has no current context', 'no-context');
  }
  const entry = find(files, 'contexts', context);
  if (entry === null) {
    const near = suggest(context, names);
    const hint = near === undefined ? `it has: ${names.slice(0, 10).join(', ') || 'none'}` : `did you mean "${near}"?`;
    throw new ReadFailure('unreachable', `the kubeconfig has no context "${context}"; ${hint}`, 'no-context');
  }
  const { cluster: clusterName, user: userName } = object(entry.value['context']);
  const cluster = find(files, 'clusters', textOrNull(clusterName) ?? '');
  const server = textOrNull(object(cluster?.value['cluster'])['server'], 2048);
  if (cluster === null || server === null || !/^https?:\/\//.test(server)) {
    const what = `context "${context}" names cluster "${String(clusterName)}"`;
    throw new ReadFailure('unreachable', `${what}, which has no usable server address`, 'no-cluster');
  }
  const user = find(files, 'users', textOrNull(userName) ?? '');
  if (user === null && typeof userName === 'string') {
    const what = `context "${context}" names user "${userName}"`;
    throw new ReadFailure('unreachable', `${what}, which the kubeconfig does not have`, 'no-user');
  }
  const held = object(cluster.value['cluster']);
  return {
    context,
    server: server.replace(/\/+$/, ''),
    tlsServerName: textOrNull(held['tls-server-name']),
    skipTlsVerify: held['insecure-skip-tls-verify'] === true,
    ca: material(held, 'certificate-authority', cluster.folder),
    proxyUrl: textOrNull(held['proxy-url'], 2048),
    cluster: held,
    user: userFrom(textOrNull(userName) ?? '', object(user?.value['user']), user?.folder ?? '.'),
  };
}

function find(files: readonly KubeconfigFile[], part: string, name: string) {
  for (const { folder, content } of files) {
    const value = objects(content[part]).find((it) => it['name'] === name);
    if (value !== undefined) {
      return { folder, value };
    }
  }
  return null;
}

function userFrom(name: string, held: Foreign, folder: string): User {
  const username = textOrNull(held['username']);
  const password = textOrNull(held['password'], 4096);
  const tokenFile = textOrNull(held['tokenFile'], 4096);
  const as = textOrNull(held['as']);
  const groups = Array.isArray(held['as-groups']) ? held['as-groups'] : [];
  return {
    name,
    certificate: material(held, 'client-certificate', folder),
    key: material(held, 'client-key', folder),
    token: textOrNull(held['token'], 100_000),
    tokenFile: tokenFile === null ? null : resolve(folder, tokenFile),
    basic: username === null || password === null ? null : { username, password },
    exec: typeof held['exec'] === 'object' && held['exec'] !== null ? object(held['exec']) : null,
    authProvider:
      typeof held['auth-provider'] === 'object' && held['auth-provider'] !== null
        ? object(held['auth-provider'])
        : null,
    as:
      as === null
        ? null
        : {
            user: as,
            uid: textOrNull(held['as-uid']),
            groups: groups.filter((group) => typeof group === 'string'),
            extra: object(held['as-user-extra']),
          },
  };
}

function material(held: Foreign, key: string, folder: string): Material {
  const file = textOrNull(held[key], 4096);
  const data = textOrNull(held[`${key}-data`], 1_000_000);
  return {
    data: data === null ? null : Buffer.from(data, 'base64').toString('utf8'),
    file: file === null ? null : resolve(folder, file),
  };
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Inside a pod: the way client-go's InClusterConfig goes. */
function ofServiceAccount(env: NodeJS.ProcessEnv): Access | null {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = texts(env);
  if (host === undefined || port === undefined) {
    return null;
  }
  return {
    context: 'in-cluster',
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tlsServerName: null,
    skipTlsVerify: false,
    ca: { data: null, file: `${serviceAccount}/ca.crt` },
    proxyUrl: null,
    cluster: {},
    user: { ...userFrom('service-account', {}, '/'), tokenFile: `${serviceAccount}/token` },
  };
}

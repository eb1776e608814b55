import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { agentManifests } from '#estate/enforcement/agent.ts';
import { executorManifests } from '#estate/enforcement/executor.ts';
import { executorEstate, executorSecret } from '#estate/enforcement/job.ts';
import { usualEnforcement } from '#estate/enforcement/manifest.ts';
import { accessRoles } from '#estate/enforcement/roles.ts';
import { accessSql } from '#estate/enforcement/sql.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { executor } from '../executor.ts';
import { makePrivateFolder, writePrivately } from '../folder.ts';
import type { SandboxKubernetes, SeedObject } from '../kubernetes/types.ts';
import { drillBinding, drillPlace } from '../objects/drills.ts';
import { monitor } from '../roles.ts';
import type { Sandbox } from '../sandbox.ts';
import { startPostgres } from '../servers/postgres.ts';
import { identifier, type Login, literal, withDatabase } from '../sql.ts';
import {
  agentLogin,
  estateFileOf,
  executorLogin,
  machineLogins,
  passwordFileOf,
  people,
  type TeamPlaces,
  teamEstate,
} from './people.ts';

export interface Team {
  close(): Promise<void>;
}

export interface TeamOptions {
  readonly sandbox: Pick<Sandbox, 'estatePath' | 'kubeconfigPath' | 'kubernetes' | 'superuser'>;
  /** The sandbox's own; what is the team's is in `team/` there. */
  readonly folder: string;
  readonly progress: (line: string) => void;
  /** The file that starts till. */
  readonly entry?: string;
}

/**
 * A ledger on a server of its own, people and a script that use it, a policy in force, anchors, and an agent: what several people on several
 * hosts have, on this machine. It is set up by the words that an administrator would type.
 */
export async function startTeam({
  sandbox,
  folder: home,
  progress,
  entry = process.argv[1] ?? '',
}: TeamOptions): Promise<Team> {
  const folder = join(home, 'team');
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) {
      await closer().catch(() => undefined);
    }
  };
  try {
    await rm(folder, { recursive: true, force: true });
    await makePrivateFolder(folder);
    const ledger = await startLedger(folder, closers);
    progress(`a PostgreSQL of its own for the ledger at ${ledger.host}:${ledger.port}`);
    const minterPasswordFile = passwordFileOf(folder, 'till_minter');
    await makeMinter(sandbox.superuser, minterPasswordFile);
    const kubeconfigs = await enforceIn(sandbox, folder);
    const places: TeamPlaces = { folder, ledgerPort: ledger.port, ...kubeconfigs, minterPasswordFile, executor };
    await mkdir(join(folder, 'anchors'), { mode: 0o700 });
    await run('git', ['init', '--bare', '--quiet', join(folder, 'anchors.git')], {}).catch(() =>
      progress('no git here: that anchor will say so'),
    );
    const till = (login: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      run(
        process.execPath,
        [entry, ...words, `--estate=${login === 'operator' ? sandbox.estatePath : estateFileOf(folder, login)}`],
        env,
      );
    await writeEstates(sandbox.estatePath, places, null);
    const key = (await till('operator', ['access', 'key'])).trim();
    await writeEstates(sandbox.estatePath, places, key);
    await furnishExecutor(sandbox, folder);
    const grants = [...people.map(({ name }) => name), executorLogin].flatMap((login) => ['--grant', login]);
    await till(
      'operator',
      ['ledger', 'setup', '--admin', ledger.user, ...grants, '--grant-agent', agentLogin, '--yes'],
      {
        TILL_LEDGER_ADMIN_PASSWORD: ledger.password,
      },
    );
    await till('operator', ['access', 'policy', 'propose', '--reason', 'the first policy of this sandbox', '--yes']);
    for (const { name } of people.filter(({ groups }) => groups.some((group) => group === 'leads'))) {
      await till(name, ['access', 'policy', 'approve', '--yes']);
    }
    progress('an access policy is in force, approved by alice and bob');
    const agentEnv = { XDG_STATE_HOME: join(folder, 'agent') };
    await till(agentLogin, ['ledger', 'key', 'new', '--reason', 'the first key of this sandbox'], agentEnv);
    await startAgent(entry, folder, agentEnv, closers);
    progress('an agent mints, ends and anchors; its log is team/agent.log');
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** It keeps what it is told, unlike the shops' server, which forgets for speed. */
async function startLedger(folder: string, closers: (() => Promise<unknown>)[]): Promise<Login> {
  const settings = {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_buffers: '32MB',
    max_connections: '60',
  };
  const server = await startPostgres({ settings });
  closers.push(() => server.stop());
  await withDatabase(server, 'postgres', async (sql) => {
    for (const login of [...people.map(({ name }) => name), ...machineLogins]) {
      const password = randomBytes(18).toString('base64url');
      await sql(`CREATE ROLE ${identifier(login)} LOGIN PASSWORD ${literal(password)}`);
      await writePrivately(passwordFileOf(folder, login), `${password}\n`);
    }
  });
  const { host, port, user, password } = server;
  return { host, port, user, password };
}

/** Who makes logins of grants on the shops' server; the everyday login no longer acts on sessions by itself. */
async function makeMinter(superuser: Login, passwordFile: string): Promise<void> {
  const password = randomBytes(18).toString('base64url');
  await withDatabase(superuser, 'postgres', async (sql) => {
    await sql(accessSql());
    await sql(`ALTER ROLE till_minter PASSWORD ${literal(password)}`);
    await sql(`REVOKE pg_signal_backend FROM ${identifier(monitor)}`);
  });
  await writePrivately(passwordFile, `${password}\n`);
}

/** Roles for grants, the agent's and the executor's identity, and an everyday identity that only reads and begins long work. */
async function enforceIn(
  { kubernetes, kubeconfigPath }: TeamOptions['sandbox'],
  folder: string,
): Promise<Pick<TeamPlaces, 'agentKubeconfig' | 'executorKubeconfig'>> {
  const { namespace, agent } = usualEnforcement;
  const home = agentManifests({ ...usualEnforcement, image: 'till', lease: agent });
  const kept = home.filter(({ kind }) => kind !== 'Deployment' && kind !== 'NetworkPolicy');
  const { namespace: where, serviceAccount, image } = executor;
  const serve = drillPlace.namespace;
  const place = executorManifests({ namespace: where, serviceAccount, image, starters: 'till:readers', serve });
  const placed = place.filter(({ kind }) => kind !== 'NetworkPolicy');
  for (const object of [...kept, ...accessRoles(usualEnforcement), ...placed]) {
    kubernetes.apply(object as SeedObject);
  }
  kubernetes.remove({ kind: 'ClusterRoleBinding', name: 'till-operator' });
  kubernetes.remove(drillBinding);
  const reader = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'till-reader' };
  kubernetes.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'till-read' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'till-read' },
    subjects: [reader],
  });
  return {
    agentKubeconfig: await kubeconfigOf(kubernetes, kubeconfigPath, join(folder, 'agent.kubeconfig'), namespace, agent),
    executorKubeconfig: await kubeconfigOf(
      ...([kubernetes, kubeconfigPath, join(folder, 'executor.kubeconfig'), where, serviceAccount] as const),
    ),
  };
}

/** A copy of the sandbox's kubeconfig with a ServiceAccount's token. */
async function kubeconfigOf(
  kubernetes: SandboxKubernetes,
  kubeconfigPath: string,
  path: string,
  namespace: string,
  account: string,
): Promise<string> {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  const token = kubernetes.issueToken(`system:serviceaccount:${namespace}:${account}`, groups);
  const { parse, stringify } = await import('yaml');
  const config = parse(await readFile(kubeconfigPath, 'utf8')) as {
    readonly contexts: readonly { readonly name: string; readonly context: object }[];
  };
  const contexts = config.contexts.map((one) => ({ ...one, context: { ...one.context, user: account } }));
  await writePrivately(path, stringify({ ...config, contexts, users: [{ name: account, user: { token } }] }));
  return path;
}

/** What an administrator gives to the executor: its estate, and the Secret of its passwords and keys, which here are files of this machine. */
async function furnishExecutor({ kubernetes }: TeamOptions['sandbox'], folder: string): Promise<void> {
  const estate = await readFile(estateFileOf(folder, executorLogin), 'utf8');
  const [apiVersion, namespace] = ['v1', executor.namespace];
  kubernetes.apply({
    ...{ apiVersion, kind: 'ConfigMap', metadata: { name: executorEstate, namespace } },
    data: { 'estate.yaml': estate },
  });
  kubernetes.apply({
    apiVersion,
    kind: 'Secret',
    metadata: { name: executorSecret, namespace },
    type: 'Opaque',
    data: {},
  });
}

/** Yours is the sandbox's own file; alice's, bob's, the script's and the agent's are in `team/`. */
async function writeEstates(estatePath: string, places: TeamPlaces, key: string | null): Promise<void> {
  const { parse, stringify } = await import('yaml');
  const base = parse(await readFile(estatePath, 'utf8')) as Record<string, unknown>;
  for (const login of [...people.map(({ name }) => name), ...machineLogins]) {
    const path = login === 'operator' ? estatePath : estateFileOf(places.folder, login);
    const text = stringify(teamEstate(base, login, key, places));
    await writePrivately(path, `# Written by \`till sandbox up --team\`: the estate as ${login} uses it.\n${text}`);
  }
}

async function startAgent(
  entry: string,
  folder: string,
  env: Readonly<Record<string, string>>,
  closers: (() => Promise<unknown>)[],
): Promise<void> {
  const log = await open(join(folder, 'agent.log'), 'a', 0o600);
  const child = spawn(process.execPath, [entry, 'agent', `--estate=${estateFileOf(folder, agentLogin)}`], {
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
    env: { ...ownEnv(), ...env, POD_NAME: 'till-agent-sandbox' },
  });
  await log.close();
  closers.push(() => ended(child));
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exit;
    clearTimeout(patience);
  }
}

/** A child of ours is nobody's sandbox. */
function ownEnv(): NodeJS.ProcessEnv {
  const { TILL_SANDBOX_LIFETIME: _, ...env } = process.env;
  return env;
}

async function run(file: string, words: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(file, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...ownEnv(), ...env } });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new TillError(
      `the sandbox's team could not be set up: ${words.slice(1, 4).join(' ')} ended with ${code}: ${err.trim().slice(-500)}`,
      {
        exit: exitCodes.failed,
        reason: 'team-not-set-up',
      },
    );
  }
  return out;
}

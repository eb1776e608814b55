import { optionsAnnotation } from '#estate/enforcement/admission-policy.ts';
import { type EnforcementOptions, type Manifest, usualEnforcement } from '#estate/enforcement/manifest.ts';
import { accessPolicies } from '#estate/enforcement/policies.ts';
import { postgresRoles } from '#estate/enforcement/powers.ts';
import { accessRoles } from '#estate/enforcement/roles.ts';
import type { Estate } from '#estate/estate.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { object, text, texts } from '#systems/kubernetes/foreign.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Finding, flaw, ok } from '../finding.ts';

const collections: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
};

const printIt = 'till manifests access prints them; an administrator applies them';
/** A leader renews every three seconds. */
const freshMs = 60_000;

type Concerned = Pick<Estate, 'access' | 'postgres' | 'redis'>;

/** Which layers hold grants within bounds in this cluster: in force, missing, or not what till prints. */
export async function examineEnforcement(
  name: string,
  cluster: ClusterReader,
  estate: Concerned,
): Promise<readonly Finding[]> {
  if (estate.access === undefined) {
    return [];
  }
  const subject = `kubernetes/${name}`;
  const options = await printedWith(cluster);
  const wanted = [...accessRoles(options), ...accessPolicies(options)].filter(({ kind }) => kind in collections);
  const seen = await Promise.all(wanted.map((manifest) => compared(manifest, cluster)));
  return [
    layer(subject, 'grant policies', /^ValidatingAdmissionPolicy/, seen),
    layer(subject, 'grant roles', /^ClusterRole/, seen),
    await everyday(subject, cluster),
    await agentFinding(subject, cluster, options),
  ];
}

interface Compared {
  readonly manifest: Manifest;
  readonly state: 'in force' | 'missing' | 'drifted' | 'hidden';
}

async function compared(manifest: Manifest, cluster: ClusterReader): Promise<Compared> {
  const held = await found(`${collections[manifest.kind]}/${manifest.metadata.name}`, cluster);
  if (held === null || held === 'hidden') {
    return { manifest, state: held ?? 'missing' };
  }
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...content } = manifest;
  return { manifest, state: holds(content, held) ? 'in force' : 'drifted' };
}

async function found(
  path: string,
  cluster: ClusterReader,
): Promise<Readonly<Record<string, unknown>> | 'hidden' | null> {
  try {
    return object(await cluster.get(path, { deadlineMs: 5_000 }));
  } catch (error) {
    if (error instanceof ReadFailure) {
      return error.code === '404' ? null : 'hidden';
    }
    throw error;
  }
}

/** With what flags they were printed is written on them. */
async function printedWith(cluster: ClusterReader): Promise<EnforcementOptions> {
  const held = await found(`${collections['ValidatingAdmissionPolicy']}/till-grant-accounts`, cluster);
  try {
    const said: unknown = JSON.parse(texts(object(object(held)['metadata'])['annotations'])[optionsAnnotation] ?? '{}');
    return { ...usualEnforcement, ...object(said) };
  } catch {
    return usualEnforcement;
  }
}

/** Everything that was asked for is there as it was; what the server filled in besides does not count. */
function holds(wanted: unknown, held: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(held) && held.length === wanted.length && wanted.every((item, index) => holds(item, held[index]))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    const fields = typeof held === 'object' && held !== null ? object(held) : {};
    return Object.entries(wanted).every(([key, value]) => holds(value, fields[key]));
  }
  return wanted === held;
}

function layer(subject: string, check: string, kinds: RegExp, seen: readonly Compared[]): Finding {
  const own = seen.filter(({ manifest }) => kinds.test(manifest.kind));
  const of = (state: Compared['state']) =>
    own.filter((one) => one.state === state).map(({ manifest }) => manifest.metadata.name);
  const named = (names: readonly string[]) => [...new Set(names)].join(', ');
  if (of('hidden').length > 0) {
    const message =
      'cannot be looked at with the everyday identity, so nobody can say from here whether they are in force';
    return flaw(subject, check, 'weak', message, { next: 'the ClusterRole till-read lets it look' });
  }
  if (of('missing').length > 0) {
    return flaw(subject, check, 'missing', `not there: ${named(of('missing'))}`, { next: printIt });
  }
  if (of('drifted').length > 0) {
    const message = `not as till prints them: ${named(of('drifted'))}`;
    return flaw(subject, check, 'weak', message, { next: `compare with kubectl diff; ${printIt}` });
  }
  return ok(subject, check, `in force: ${named(own.map(({ manifest }) => manifest.metadata.name))}`);
}

/** A grant means little to somebody who may write without one. */
async function everyday(subject: string, cluster: ClusterReader): Promise<Finding> {
  const check = 'everyday identity';
  const writes = await Promise.all([
    cluster.mayI('patch', 'apps', 'deployments'),
    cluster.mayI('delete', '', 'pods'),
    cluster.mayI('create', 'rbac.authorization.k8s.io', 'rolebindings'),
  ]);
  if (writes.includes(null)) {
    return flaw(subject, check, 'weak', 'the API server would not say what it may do');
  }
  return writes.includes(true)
    ? flaw(subject, check, 'weak', 'may write by itself, so grants are a word here and not a lock', {
        next: 'give people the ClusterRole till-read and nothing else; the agent has its own identity',
      })
    : ok(subject, check, 'only reads');
}

async function agentFinding(
  subject: string,
  cluster: ClusterReader,
  { namespace, agent }: EnforcementOptions,
): Promise<Finding> {
  const check = 'agent';
  const weaker =
    'without one approvers mint at approval, freezes and expiry wait for a console, and open sessions outlive their grant';
  const held = await found(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${agent}`, cluster);
  if (held === 'hidden') {
    return flaw(
      subject,
      check,
      'weak',
      `its Lease ${namespace}/${agent} cannot be read, so nobody knows whether one leads`,
    );
  }
  const spec = object(object(held)['spec']);
  const holder = text(spec['holderIdentity']);
  const age = Date.now() - Date.parse(text(spec['renewTime']));
  return held !== null && holder !== '' && age < freshMs
    ? ok(subject, check, `${holder} leads`)
    : flaw(subject, check, 'weak', `none leads in this cluster: ${weaker}`, {
        next: 'till manifests agent prints its Deployment',
      });
}

/** Logins of grants: who makes them, and the roles that they inherit. */
export async function examineLogins(
  name: string,
  reader: PostgresReader,
  estate: Concerned,
): Promise<readonly Finding[]> {
  if (estate.access === undefined) {
    return [];
  }
  const [subject, check] = [`postgres/${name}`, 'grant logins'];
  const minter = estate.postgres[name]?.minter?.user;
  if (minter === undefined) {
    const message = 'the estate read here names no minter: whoever acts on sessions does so with the everyday login';
    return [
      flaw(subject, check, 'weak', message, {
        next: "the agent's estate names one; till manifests access --sql prints its role",
      }),
    ];
  }
  try {
    const roles = [minter, ...Object.keys(postgresRoles)];
    const query = { text: 'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1)', values: [roles] };
    const [rows, { version }] = await Promise.all([reader.query(query, { deadlineMs: 2_000 }), reader.identity()]);
    const missing = roles.filter((role) => !rows.some((row) => row['name'] === role));
    if (missing.length > 0) {
      const next = 'till manifests access --sql prints them; a superuser runs it';
      return [flaw(subject, check, 'missing', `roles that are not there: ${missing.join(', ')}`, { next })];
    }
    return [
      version >= 160_000
        ? ok(subject, check, `${minter} makes them; they inherit and cannot SET ROLE`)
        : flaw(
            subject,
            check,
            'weak',
            'before PostgreSQL 16 a login can SET ROLE and keep it until its session is ended',
          ),
    ];
  } catch (error) {
    if (error instanceof ReadFailure) {
      return [flaw(subject, check, 'away', error.message)];
    }
    throw error;
  }
}

export function examineCaches({ access, redis }: Concerned): readonly Finding[] {
  return access === undefined
    ? []
    : Object.entries(redis).map(([name, { minter }]) =>
        minter === undefined
          ? flaw(
              `redis/${name}`,
              'grant users',
              'weak',
              'no minter is named: no grant reaches it, and no action needs one yet',
            )
          : ok(`redis/${name}`, 'grant users', `${minter.username} makes and ends them, on every node`),
      );
}

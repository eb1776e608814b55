import { createHash } from 'node:crypto';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Estate } from './estate.ts';
import { type KubeContext, type Kubeconfig, kubeconfigFiles, readKubeconfig } from './kubeconfig.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How Odoo workloads are labelled where nobody said otherwise. */
const odooSelector = 'app.kubernetes.io/name=odoo';

/**
 * An estate with no file: the current kubeconfig context, read-only, with what labels reveal (design §3). Its id comes from
 * the server and the context, so that what is kept between two runs finds its place again. Throws TillError (exit 2)
 * that says what was looked for when there is no such context.
 */
export async function estateFromContext(env: Environment, lookedFor: readonly string[]): Promise<Estate> {
  const kubeconfig = await readKubeconfig(env);
  const context = currentOf(kubeconfig, env, lookedFor);
  const name = asName(context.name);
  return {
    apiVersion: 'till/v1',
    id: idFrom(`${context.server ?? ''} ${context.name}`),
    name,
    mode: 'READ-ONLY',
    clusters: { [name]: { context: context.name } },
    postgres: {},
    redis: {},
    fronts: {},
    tiers: {},
    stores: {},
    people: [],
    calendar: [],
    tenants: [],
    discover: [
      {
        cluster: name,
        selector: odooSelector,
        nameFrom: 'app.kubernetes.io/instance',
        labels: {
          tier: 'till.dev/tier',
          environment: 'till.dev/environment',
          retailer: 'till.dev/retailer',
          timezone: 'till.dev/timezone',
        },
        defaults: { thresholds: {} },
      },
    ],
    path: null,
  };
}

function currentOf(
  { files, currentContext, contexts }: Kubeconfig,
  env: Environment,
  lookedFor: readonly string[],
): KubeContext {
  if (files.length === 0) {
    const places = [...lookedFor, ...kubeconfigFiles(env)].join(', ');
    throw nothing(`there is no estate file and no kubeconfig; looked for ${places}`);
  }
  const where = files.join(', ');
  const names = contexts.map(({ name }) => name).join(', ') || 'none';
  if (currentContext === null) {
    throw nothing(`there is no estate file, and ${where} has no current context; it has: ${names}`);
  }
  const context = contexts.find(({ name }) => name === currentContext);
  if (context === undefined) {
    throw nothing(
      `there is no estate file, and ${where} has no context "${currentContext}", its current one; it has: ${names}`,
    );
  }
  return context;
}

function nothing(message: string): TillError {
  return new TillError(message, {
    exit: exitCodes.usage,
    reason: 'no-estate',
    next: 'till estate init writes an estate file; till sandbox up starts one to try till on',
  });
}

/** `arn:aws:eks:…:cluster/eu-prod` → `eu-prod`, `admin@eu` → `admin-eu`: a name that an estate may have. */
export function asName(text: string): string {
  const name = (text.startsWith('arn:') ? text.slice(text.lastIndexOf('/') + 1) : text)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/gu, '-')
    .replace(/^[^a-z0-9]+/u, '')
    .slice(0, 63)
    .replace(/[^a-z0-9]+$/u, '');
  return name === '' ? 'cluster' : name;
}

/** Any fixed UUID will do; this one is till's own, made once. */
const namespace = Buffer.from('5b7de0c9f0a94f0bb3d48e2f6a1c7d52', 'hex');

/** A UUID of version 5 (RFC 9562 §5.5): the same text gives the same id on every machine. */
function idFrom(text: string): string {
  const hash = createHash('sha1').update(namespace).update(text, 'utf8').digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

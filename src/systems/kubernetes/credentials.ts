import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { type Clock, instant } from '#text/clock.ts';
import { ReadFailure } from '../source.ts';
import { type ExecCredential, execCredential, type PluginLimits } from './exec-plugin.ts';
import { object, textOrNull } from './foreign.ts';
import type { Access, Material } from './kubeconfig.ts';

export interface Credentials {
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Epoch milliseconds after which they are fetched anew; null: when the server refuses them. */
  readonly renewAt: number | null;
}

/** client-go reads a token file anew each minute: the kubelet rotates it. */
const tokenFileMs = 60_000;
/** A plugin that failed is not asked again at once by each of six reflectors (facts: kubernetes.md §4, k9s #903). */
export const failureMs = 30_000;

/** The credentials of one context, fetched at most once at a time. */
export class CredentialSource {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #limits: PluginLimits;
  #held: Credentials | null = null;
  #underway: Promise<Credentials> | null = null;
  #failure: { readonly error: unknown; readonly until: number } | null = null;

  constructor(access: Access, clock: Clock, limits: PluginLimits) {
    this.#access = access;
    this.#clock = clock;
    this.#limits = limits;
  }

  async current(): Promise<Credentials> {
    if (this.#held !== null && (this.#held.renewAt === null || this.#held.renewAt > this.#clock.now())) {
      return this.#held;
    }
    return this.#fetch();
  }

  /** After the server refused `refused`: others may have renewed meanwhile. */
  async renewed(refused: Credentials): Promise<Credentials> {
    return this.#held === refused || this.#held === null ? this.#fetch() : this.#held;
  }

  #fetch(): Promise<Credentials> {
    if (this.#failure !== null && this.#failure.until > this.#clock.monotonic()) {
      return Promise.reject(this.#failure.error);
    }
    this.#underway ??= credentialsOf(this.#access, this.#clock, this.#limits)
      .then(
        (credentials) => {
          this.#failure = null;
          this.#held = credentials;
          return credentials;
        },
        (error: unknown) => {
          this.#failure = { error, until: this.#clock.monotonic() + failureMs };
          throw error;
        },
      )
      .finally(() => {
        this.#underway = null;
      });
    return this.#underway;
  }
}

async function credentialsOf(access: Access, clock: Clock, limits: PluginLimits): Promise<Credentials> {
  const { user } = access;
  const ca = await contentOf(access.ca, 'the certificate authority');
  const plugin = user.exec === null ? null : await execCredential(user.exec, withAuthority(access, ca), limits);
  const certificate = plugin?.certificate ?? (await contentOf(user.certificate, 'the client certificate'));
  const key = plugin?.key ?? (await contentOf(user.key, 'the client key'));
  if (certificate !== null) {
    checkDates(certificate, user.name, clock.now());
  }
  const { header, renewAt } = await authorization(access, plugin, clock);
  return {
    ca,
    certificate: key === null ? null : certificate,
    key,
    headers: { ...(header !== null && { authorization: header }), ...impersonation(access) },
    renewAt: plugin === null ? renewAt : plugin.expiresAt,
  };
}

async function authorization(access: Access, plugin: ExecCredential | null, clock: Clock) {
  const { user } = access;
  const bearer = (token: string | null) => (token === null ? null : `Bearer ${token.trim()}`);
  if (plugin !== null) {
    return { header: bearer(plugin.token), renewAt: null };
  }
  if (user.tokenFile !== null) {
    const token = await contentOf({ data: null, file: user.tokenFile }, 'the token');
    return { header: bearer(token), renewAt: clock.now() + tokenFileMs };
  }
  if (user.token !== null) {
    return { header: bearer(user.token), renewAt: null };
  }
  if (user.basic !== null) {
    const pair = Buffer.from(`${user.basic.username}:${user.basic.password}`).toString('base64');
    return { header: `Basic ${pair}`, renewAt: null };
  }
  return { header: user.authProvider === null ? null : bearer(await oidcToken(access)), renewAt: null };
}

/** The one provider left in Kubernetes; client-node knows its refresh. */
async function oidcToken({ user }: Access): Promise<string | null> {
  const name = textOrNull(user.authProvider?.['name']);
  if (name !== 'oidc') {
    throw refusal(`user "${user.name}" has auth-provider "${name}", which Kubernetes removed: use an exec plugin`);
  }
  const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js');
  const headers: OutgoingHttpHeaders = {};
  // It writes a rotated refresh token into the provider that it is given, so the same one is given each time.
  const provider = { name: user.name, authProvider: user.authProvider };
  await new OpenIDConnectAuth().applyAuthentication(provider, { headers }).catch(() => undefined);
  const header = textOrNull(headers['Authorization'], 100_000);
  if (header === null) {
    throw refusal(`the login of user "${user.name}" has expired and could not be renewed: log in again`);
  }
  return header.replace(/^Bearer /, '');
}

function impersonation({ user: { as } }: Access): Readonly<Record<string, string | string[]>> {
  if (as === null) {
    return {};
  }
  const extra = Object.entries(as.extra).map(([key, values]): [string, string[]] => [
    `impersonate-extra-${encodeURIComponent(key).toLowerCase()}`,
    (Array.isArray(values) ? values : []).filter((value) => typeof value === 'string'),
  ]);
  return {
    'impersonate-user': as.user,
    ...(as.uid !== null && { 'impersonate-uid': as.uid }),
    ...(as.groups.length > 0 && { 'impersonate-group': [...as.groups] }),
    ...Object.fromEntries(extra),
  };
}

async function contentOf({ data, file }: Material, what: string): Promise<string | null> {
  if (data !== null || file === null) {
    return data;
  }
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw refusal(`${what} in ${file} cannot be read (${code})`);
  }
}

function withAuthority({ cluster }: Access, ca: string | null) {
  return ca === null
    ? cluster
    : { ...object(cluster), 'certificate-authority-data': Buffer.from(ca).toString('base64') };
}

/** The server answers an expired certificate with a bare 401: look before asking. */
function checkDates(pem: string, user: string, now: number): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw refusal(`the client certificate of user "${user}" cannot be read`);
  }
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  if (to <= now) {
    throw refusal(`the client certificate of user "${user}" expired at ${instant(to)}: get a new one`);
  }
  if (from > now) {
    throw refusal(`the client certificate of user "${user}" is valid only from ${instant(from)}: check the clock`);
  }
}

function refusal(words: string): ReadFailure {
  return new ReadFailure('unreachable', words, 'unauthenticated');
}

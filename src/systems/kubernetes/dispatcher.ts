import type { Dispatcher } from 'undici';
import type { Credentials } from './credentials.ts';
import type { Access } from './kubeconfig.ts';
import { proxyFor } from './proxy.ts';

export interface DispatcherOptions {
  /** False where a WebSocket is opened, which is an upgrade of HTTP/1.1. */
  readonly mayUseH2: boolean;
  readonly connectMs: number;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A pool of connections to one API server as one person. `connections` is left unset: HTTP/2 carries 100 streams a
 * connection and undici opens another when they are used up; with one alone the 101st watch would stall all else
 * (facts: kubernetes-verified.md §6).
 */
export async function dispatcherOf(
  access: Access,
  credentials: Credentials,
  { mayUseH2, connectMs, env }: DispatcherOptions,
): Promise<Dispatcher> {
  const { Agent, ProxyAgent } = await import('undici');
  const tls = {
    ...(credentials.ca !== null && { ca: credentials.ca }),
    ...(credentials.certificate !== null && { cert: credentials.certificate }),
    ...(credentials.key !== null && { key: credentials.key }),
    ...(access.tlsServerName !== null && { servername: access.tlsServerName }),
    ...(access.skipTlsVerify && { rejectUnauthorized: false }),
    keepAlive: true,
    keepAliveInitialDelay: 15_000,
  };
  // undici joins a repeated header with commas over HTTP/2: two impersonated groups would become one of a strange name.
  const isRepeated = Object.values(credentials.headers).some((value) => Array.isArray(value) && value.length > 1);
  const shared = { allowH2: mayUseH2 && !isRepeated, connectTimeout: connectMs, keepAliveTimeout: 60_000 };
  const proxy = proxyFor(access, env);
  return proxy === null
    ? new Agent({ ...shared, connect: tls })
    : new ProxyAgent({ ...shared, uri: proxy, requestTls: tls });
}

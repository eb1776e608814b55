import { spawn } from 'node:child_process';
import { clean } from '#text/clean.ts';
import { ReadFailure } from '../source.ts';
import { type Foreign, object, objects, text, textOrNull, time } from './foreign.ts';

export interface PluginLimits {
  readonly deadlineMs: number;
  /** Ends the plugin when the reader is closed. */
  readonly signal: AbortSignal;
}

/** What a credential plugin answered (client.authentication.k8s.io). */
export interface ExecCredential {
  readonly token: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  /** Epoch milliseconds; null: until the server refuses it. */
  readonly expiresAt: number | null;
}

const versions: ReadonlySet<unknown> = new Set([
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
]);
const mostBytes = 1_000_000;

/**
 * Runs the plugin without a terminal: stdin is closed and it gets a session of its own, so that it cannot open /dev/tty
 * under a full-screen console either. One that must ask a person is for the person to run.
 */
export async function execCredential(exec: Foreign, cluster: Foreign, limits: PluginLimits): Promise<ExecCredential> {
  const command = text(exec['command'], 4096);
  const args = Array.isArray(exec['args']) ? exec['args'].filter((it) => typeof it === 'string') : [];
  if (command === '' || !versions.has(exec['apiVersion'])) {
    throw refusal(`the credential plugin speaks ${text(exec['apiVersion']) || 'no version'}, which is not supported`);
  }
  if (exec['interactiveMode'] === 'Always') {
    throw refusal(`the credential plugin \`${command}\` needs a terminal: log in with it first`);
  }
  const spec = { interactive: false, ...(exec['provideClusterInfo'] === true && { cluster: clusterInfo(cluster) }) };
  const info = { apiVersion: exec['apiVersion'], kind: 'ExecCredential', spec };
  const own = Object.fromEntries(objects(exec['env']).map((it) => [text(it['name']), text(it['value'], 100_000)]));
  const env = { ...process.env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const answer = await run(command, args, env, { ...limits, hint: textOrNull(exec['installHint'], 400) });
  return credentialFrom(answer, command, exec['apiVersion']);
}

function run(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  { deadlineMs, hint, signal }: PluginLimits & { readonly hint: string | null },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let [stdout, stderr] = ['', ''];
    const end = () => endGroup(child.pid);
    const timer = setTimeout(() => {
      end();
      reject(refusal(`the credential plugin \`${command}\` gave no answer in time: log in with it first`));
    }, deadlineMs);
    signal.addEventListener('abort', end, { once: true });
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    };
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part;
      if (stdout.length > mostBytes) {
        end();
      }
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr = (stderr + part).slice(-4096);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      over();
      const missing = error.code === 'ENOENT';
      const why = missing
        ? `is not installed${hint === null ? '' : `: ${oneLine(hint)}`}`
        : `cannot run (${error.code})`;
      reject(refusal(`the credential plugin \`${command}\` ${why}`));
    });
    child.on('close', (code, endedBy) => {
      over();
      if (code === 0) {
        resolve(stdout);
        return;
      }
      const said = oneLine(stderr);
      const how = code === null ? `was ended by ${endedBy}` : `failed (exit ${code})`;
      reject(refusal(`the credential plugin \`${command}\` ${how}${said === '' ? '' : `: ${said}`}`));
    });
  });
}

/** With all that it started. Never without a pid: group 0 would be our own. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function credentialFrom(answer: string, command: string, apiVersion: unknown): ExecCredential {
  let credential: Foreign;
  try {
    credential = object(JSON.parse(answer));
  } catch {
    throw refusal(`the credential plugin \`${command}\` answered with what is not JSON`);
  }
  const status = object(credential['status']);
  const token = textOrNull(status['token'], 100_000);
  const certificate = textOrNull(status['clientCertificateData'], 1_000_000);
  const key = textOrNull(status['clientKeyData'], 1_000_000);
  if (credential['kind'] !== 'ExecCredential' || credential['apiVersion'] !== apiVersion) {
    throw refusal(`the credential plugin \`${command}\` answered with no ExecCredential of ${String(apiVersion)}`);
  }
  if (token === null && (certificate === null || key === null)) {
    throw refusal(`the credential plugin \`${command}\` gave neither a token nor a certificate with its key`);
  }
  return { token, certificate, key, expiresAt: time(status['expirationTimestamp']) };
}

function clusterInfo(cluster: Foreign): Foreign {
  const config = objects(cluster['extensions']).find((it) => it['name'] === 'client.authentication.k8s.io/exec');
  return {
    server: cluster['server'],
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    'certificate-authority-data': cluster['certificate-authority-data'],
    'proxy-url': cluster['proxy-url'],
    config: config?.['extension'] ?? null,
  };
}

/** The last line that says something, without what looks like a secret. */
function oneLine(said: string): string {
  const line =
    said
      .trim()
      .split('\n')
      .findLast((it) => it.trim() !== '') ?? '';
  return clean(line)
    .replace(/[\w+/=.-]{40,}/g, '…')
    .trim()
    .slice(0, 200);
}

function refusal(words: string): ReadFailure {
  return new ReadFailure('unreachable', words, 'unauthenticated');
}

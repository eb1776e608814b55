import type { PostgresServer, SecretReference } from '#estate/schema.ts';
import { version } from '#text/version.ts';
import { ReadFailure } from '../source.ts';
import { WriteFailure } from '../write-failure.ts';
import { clusterIn, historyIn, nodeIn, settingsIn } from './answers.ts';
import { type Answer, ask, connections, Silence } from './ask.ts';
import type { PatroniReader, PatroniWriter } from './patroni.ts';

export interface PatroniOptions {
  /** The server's name in the estate. */
  readonly name: string;
  readonly config: NonNullable<PostgresServer['patroni']>;
  secret(reference: SecretReference): Promise<string>;
  /** How long Patroni is waited for; its own patience is up to twice its `loop_wait`. */
  readonly writeMs?: number;
}

const readMs = 5_000;
/** The server itself waits for up to 20 s at its usual settings, and longer where `loop_wait` is longer (§1.7). */
const usualWriteMs = 75_000;

/** Connects at the first ask; nothing happens before. */
export function openPatroni({
  name,
  config,
  secret,
  writeMs = usualWriteMs,
}: PatroniOptions): PatroniReader & PatroniWriter {
  let opened: ReturnType<typeof connections> | null = null;
  /** Of the estate's addresses, the one that answered last comes first. */
  let urls: readonly string[] = config.urls;
  const own = new Map<string, string>();

  const dispatcher = () => {
    opened ??= connections(config.ca).catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };

  async function credentials(): Promise<Readonly<Record<string, string>>> {
    if (config.username === undefined) {
      return {};
    }
    const password = config.password === undefined ? '' : await secret(config.password);
    return { authorization: `Basic ${Buffer.from(`${config.username}:${password}`).toString('base64')}` };
  }

  /** Reads need no password unless something in front of Patroni asks for one, so none is sent before. */
  async function readAt(url: string, path: string): Promise<unknown> {
    const question = { method: 'GET', url: at(url, path), deadlineMs: readMs } as const;
    const connected = await dispatcher();
    const headers = { 'user-agent': `till/${version}` };
    const first = await ask(connected, { ...question, headers });
    const answer =
      first.status === 401 && config.username !== undefined
        ? await ask(connected, { ...question, headers: { ...headers, ...(await credentials()) } })
        : first;
    if (answer.status === 401 || answer.status === 403) {
      throw new ReadFailure('forbidden', `${name}: ${noEntry(answer)}`, String(answer.status));
    }
    // A member without a running PostgreSQL says so with 503, and in JSON all the same.
    if (answer.json === null || typeof answer.json !== 'object' || (answer.status !== 200 && answer.status !== 503)) {
      throw new ReadFailure(
        answer.status >= 500 ? 'unreachable' : 'unsupported',
        `${name}: ${question.url.host} answered ${answer.status}: ${answer.words}`,
        String(answer.status),
      );
    }
    return answer.json;
  }

  async function readAnywhere<Read>(path: string, parse: (answer: unknown) => Read): Promise<Read> {
    const failures: ReadFailure[] = [];
    for (const url of urls) {
      try {
        const read = parse(await readAt(url, path));
        urls = [url, ...urls.filter((other) => other !== url)];
        return read;
      } catch (error) {
        failures.push(asReadFailure(name, error));
      }
    }
    const [first] = failures;
    throw new ReadFailure(
      first?.reason ?? 'unreachable',
      failures.map(({ message }) => message).join('; '),
      first?.code ?? null,
    );
  }

  /** Which of the estate's addresses is whose; a bastion may not reach those that members give each other. */
  async function learnAddresses(): Promise<void> {
    await Promise.all(
      config.urls
        .filter((url) => ![...own.values()].includes(url))
        .map(async (url) => {
          const said = await readAt(url, '/patroni').then(nodeIn, () => null);
          if (said?.name != null) {
            own.set(said.name, url);
          }
        }),
    );
  }

  return {
    cluster: () => readAnywhere('/cluster', clusterIn),
    settings: () => readAnywhere('/config', settingsIn),
    history: () => readAnywhere('/history', historyIn),
    async node(member) {
      if (!own.has(member.name)) {
        await learnAddresses();
      }
      const url = own.get(member.name) ?? originOf(member.apiUrl);
      if (url === null) {
        throw new ReadFailure('not-probed', `${name}: no address of ${member.name} is known`);
      }
      try {
        return nodeIn(await readAt(url, '/patroni'));
      } catch (error) {
        throw asReadFailure(name, error);
      }
    },
    async switchover(operation, { leader, candidate }) {
      const headers = { 'user-agent': `till/${version} (operation ${operation.id})`, ...(await credentials()) };
      const body = { leader, candidate };
      for (const [index, url] of urls.entries()) {
        try {
          const answer = await ask(await dispatcher(), {
            ...({ method: 'POST', url: at(url, '/switchover'), deadlineMs: writeMs } as const),
            ...{ headers, body },
          });
          return accepted(name, answer);
        } catch (error) {
          const mayTryNext = error instanceof Silence && !error.wasSent && index + 1 < urls.length;
          if (!mayTryNext) {
            throw asWriteFailure(name, error);
          }
        }
      }
      throw new WriteFailure('refused', `${name}: the estate names no address of Patroni`);
    },
    async close() {
      const connected = await opened?.catch(() => null);
      opened = null;
      await connected?.destroy();
    },
  };
}

function accepted(name: string, { status, words }: Answer): string {
  if (status === 200 || status === 202) {
    return words;
  }
  if (status === 401 || status === 403) {
    throw new WriteFailure('refused', `${name}: ${noEntry({ status, words })}`, String(status));
  }
  // `503 … status unknown`, and `503 Switchover failed` too: only the cluster tells what became of it (§1.7).
  throw new WriteFailure(
    status >= 500 ? 'unknown' : 'refused',
    `${name}: Patroni answered ${status}: ${words}`,
    String(status),
    status === 412 && words.includes('leader name'),
  );
}

function noEntry({ status, words }: Pick<Answer, 'status' | 'words'>): string {
  return status === 401
    ? `Patroni asks for a user and a password (401 ${words}): \`patroni.username\` and \`patroni.password\``
    : `Patroni does not let us in (403 ${words}): its allow-list, or a client certificate that it asks for`;
}

function asReadFailure(name: string, error: unknown): ReadFailure {
  if (error instanceof ReadFailure) {
    return error;
  }
  const said = error instanceof Error ? error.message : String(error);
  return new ReadFailure('unreachable', `${name}: ${said}`, error instanceof Silence ? error.code : null, error);
}

function asWriteFailure(name: string, error: unknown): WriteFailure {
  if (error instanceof WriteFailure) {
    return error;
  }
  if (error instanceof Silence) {
    return new WriteFailure(error.wasSent ? 'unknown' : 'refused', `${name}: ${error.message}`, error.code);
  }
  // Before anything was sent: the CA file, say.
  return new WriteFailure('refused', `${name}: ${error instanceof Error ? error.message : String(error)}`);
}

function at(base: string, path: string): URL {
  return new URL(base.replace(/\/+$/, '') + path);
}

/** `http://10.0.0.4:8008/patroni`, as members announce themselves, without its path. */
function originOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) && /^https?:/.test(url) ? new URL(url).origin : null;
}

import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it came: not decompressed. */
  readonly bytes: Buffer;
  readonly body: Json;
}

/** JSON: whatever it is, its fields can be asked for. What comes of it is for `expect` to say. */
export interface Json {
  readonly [field: string]: Json | undefined;
}

/** The elements of a list; none where there is no list. */
export function each(json: Json | undefined): readonly Json[] {
  return Array.isArray(json) ? json : [];
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A body that goes out as it stands, in place of one that is written as JSON. */
  readonly text?: string;
}

export const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
export const partialAccept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';
export const mergePatch = { 'content-type': 'application/merge-patch+json' };

/** Asks an API server as one user: over a client certificate from a kubeconfig, or with a bearer token. */
export class ApiClient {
  readonly #url: string;
  readonly #agent: Agent;
  readonly #token: string | undefined;

  constructor(
    url: string,
    tls: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer },
    token?: string,
  ) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ connect: { ...tls }, bodyTimeout: 0 });
  }

  /** The user of a context. */
  static of(kubeconfigPath: string, context?: string): ApiClient {
    const { cluster, user } = contextOf(kubeconfigPath, context);
    const data = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64');
    return new ApiClient(cluster['server'] ?? '', {
      ca: data(cluster['certificate-authority-data']),
      cert: data(user['client-certificate-data']),
      key: data(user['client-key-data']),
    });
  }

  /** Somebody with a token, or nobody without one. */
  static withToken(kubeconfigPath: string, token?: string): ApiClient {
    const { cluster } = contextOf(kubeconfigPath);
    const ca = Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64');
    return new ApiClient(cluster['server'] ?? '', { ca }, token);
  }

  async ask(path: string, { method = 'GET', headers = {}, body, text = textOf(body) }: Asking = {}): Promise<Answer> {
    const response = await request(this.#url + path, {
      dispatcher: this.#agent,
      method,
      headers: {
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    return { code: response.statusCode, headers: response.headers, bytes, body: parsed(bytes) };
  }

  async get(path: string, accept?: string): Promise<Json> {
    return (await this.ask(path, accept === undefined ? {} : { headers: { accept } })).body;
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.ask(path, { method: 'POST', body });
  }

  /** The events of a watch until the server ends it. */
  async watched(path: string, accept?: string): Promise<readonly Json[]> {
    const { bytes } = await this.ask(path, accept === undefined ? {} : { headers: { accept } });
    return lines(bytes.toString());
  }

  /** A watch that goes on: the way to the next event, and the way to stop. */
  async watch(path: string, accept = 'application/json'): Promise<{ next(): Promise<Json | undefined>; stop(): void }> {
    const { body } = await request(this.#url + path, {
      dispatcher: this.#agent,
      headers: { accept, ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }) },
    });
    body.on('error', () => {});
    const events = eventsOf(body);
    return {
      next: async () => (await events.next()).value ?? undefined,
      stop: () => {
        body.destroy();
      },
    };
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

async function* eventsOf(body: AsyncIterable<Buffer>): AsyncGenerator<Json> {
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.map((line) => JSON.parse(line) as Json);
  }
}

function lines(text: string): readonly Json[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);
}

function textOf(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}

function parsed(bytes: Buffer): Json {
  try {
    return JSON.parse(bytes.toString()) as Json;
  } catch {
    return {};
  }
}

type Fields = Readonly<Record<string, string>>;

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Fields }[];
  readonly users: readonly { readonly name: string; readonly user: Fields }[];
  readonly contexts: readonly { readonly name: string; readonly context: { readonly user: string } }[];
  readonly 'current-context': string;
}

function contextOf(path: string, wanted?: string): { readonly cluster: Fields; readonly user: Fields } {
  const config = parse(readFileSync(path, 'utf8')) as Kubeconfig;
  const name = wanted ?? config['current-context'];
  const context = config.contexts.find((each) => each.name === name)?.context;
  return {
    cluster: config.clusters[0]?.cluster ?? {},
    user: config.users.find((each) => each.name === context?.user)?.user ?? {},
  };
}

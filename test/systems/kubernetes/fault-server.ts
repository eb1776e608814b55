import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createHttp1Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { createAuthority } from '#sandbox/kubernetes/access/certificates.ts';

export type Resource = Record<string, unknown> & { metadata: Record<string, unknown> };

/** One request on its way: answer it by hand, or let the server answer it as the real one would. */
export interface Exchange {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
  /** The right answer. */
  serve(): void;
  /** A Status, as the API server refuses. */
  refuse(code: number, message?: string, headers?: Record<string, string>): void;
  /** Begins a watch that the server then leaves alone. */
  watch(...events: readonly object[]): void;
}

export interface Received {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly version: string;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly authorization: string | undefined;
  /** The common name of the client's certificate. */
  readonly certificate: string | undefined;
}

type Handler = (exchange: Exchange) => void;

/**
 * An API server for lists and watches that can be told to misbehave: HTTP/2 and HTTP/1.1 over TLS with certificates made
 * on the spot, a store with resourceVersions, and handlers put before the next requests.
 */
export class FaultServer {
  readonly requests: Received[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'till-fault-'));
  readonly authority = createAuthority('fault server', Date.now());
  /** Answers nothing and says nothing while true. */
  isFrozen = false;
  hasWatchList = true;
  pageSize = 500;
  /** What a port-forward to a pod does; refused with 403 while unset. */
  onPortForward:
    | ((pod: string, port: number, key: string, stream: Duplex, headers: IncomingHttpHeaders) => void)
    | null = null;
  #resourceVersion = 1000;
  readonly #objects = new Map<string, Map<string, Resource>>();
  readonly #once: { readonly path: string; readonly handler: Handler }[] = [];
  readonly #always: { readonly path: string; readonly handler: Handler }[] = [];
  readonly #watches = new Set<{ readonly path: string; readonly response: Http2ServerResponse }>();
  readonly #sockets = new Set<Socket>();
  readonly #server;
  #port = 0;

  constructor({ isHttp1Only = false } = {}) {
    const { pem, keyPem } = this.authority.issue({
      commonName: 'fault',
      use: 'server',
      addresses: ['127.0.0.1'],
      names: ['localhost'],
    });
    const client = { requestCert: true, rejectUnauthorized: false, ca: this.authority.pem };
    const server = { key: keyPem, cert: pem, allowHTTP1: true, ...client };
    // Of requests and responses only what both have in common is used.
    const http1 = () => createHttp1Server(server) as unknown as Http2SecureServer;
    this.#server = isHttp1Only ? http1() : createSecureServer(server);
    this.#server.on('request', (request, response) => this.#answer(request, response));
    this.#server.on('secureConnection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    this.#server.on('upgrade', (request: IncomingMessage, stream: Duplex) => {
      const [, pod = '', port = ''] = /\/pods\/([^/]+)\/portforward\?ports=(\d+)$/.exec(request.url ?? '') ?? [];
      if (this.onPortForward === null) {
        stream.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      } else {
        this.onPortForward(pod, Number(port), request.headers['sec-websocket-key'] ?? '', stream, request.headers);
      }
    });
    this.#server.on('sessionError', () => undefined);
    this.#server.on('tlsClientError', () => undefined);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Refuses connections until it is started again, on the same port. */
  async stop(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get open(): number {
    return this.#sockets.size;
  }

  get watches(): number {
    return this.#watches.size;
  }

  /** A kubeconfig; what is said of user and cluster is YAML in flow style. */
  kubeconfig({ user = 'token: good', cluster = '', server = this.url } = {}): string {
    const ca = Buffer.from(this.authority.pem).toString('base64');
    const path = join(this.folder, `config-${Math.random().toString(36).slice(2)}`);
    writeFileSync(
      path,
      [
        'apiVersion: v1',
        'kind: Config',
        'current-context: fault',
        'clusters:',
        `- {name: fault, cluster: {server: "${server}", certificate-authority-data: ${ca}${cluster}}}`,
        'users:',
        `- {name: tester, user: {${user}}}`,
        'contexts:',
        '- {name: fault, context: {cluster: fault, user: tester}}',
      ].join('\n'),
      { mode: 0o600 },
    );
    return path;
  }

  /** The next request whose path (with query) contains this is handled so. */
  next(path: string, handler: Handler): void {
    this.#once.push({ path, handler });
  }

  /** Every request whose path ends with this is handled so, until the returned function is called. */
  always(path: string, handler: Handler): () => void {
    const entry = { path, handler };
    this.#always.push(entry);
    return () => this.#always.splice(this.#always.indexOf(entry), 1);
  }

  /** Creates or changes an object and tells the watches. `collection` is such as `/api/v1/pods`. */
  put(collection: string, object: Resource): void {
    const key = keyOf(object);
    const objects = this.#collection(collection);
    const type = objects.has(key) ? 'MODIFIED' : 'ADDED';
    this.#resourceVersion += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#resourceVersion) } };
    objects.set(key, stored);
    this.#tell(collection, { type, object: stored });
  }

  delete(collection: string, object: Resource, isTold = true): void {
    this.#collection(collection).delete(keyOf(object));
    this.#resourceVersion += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#resourceVersion) };
    if (isTold) {
      this.#tell(collection, { type: 'DELETED', object: { ...object, metadata } });
    }
  }

  bookmark(collection: string): string {
    this.#resourceVersion += 1;
    this.#tell(collection, bookmarkAt(this.#resourceVersion));
    return String(this.#resourceVersion);
  }

  /** Writes bytes into every open watch of the collection, as they are. */
  write(collection: string, bytes: string): void {
    this.#tell(collection, bytes);
  }

  /** Ends every open watch properly. */
  end(): void {
    for (const { response } of this.#watches) {
      response.end();
    }
  }

  /** Cuts every connection. */
  drop(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  /** Closes our side of every connection and leaves the other open. */
  halfClose(): void {
    for (const socket of this.#sockets) {
      socket.end();
    }
  }

  #answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const url = new URL(request.url, this.url);
    this.requests.push({
      path: url.pathname,
      query: url.searchParams,
      version: request.httpVersion,
      rawHeaders: request.rawHeaders,
      authorization: request.headers.authorization,
      certificate: certificateOf(request),
    });
    response.on('error', () => undefined);
    if (this.isFrozen) {
      return;
    }
    const exchange: Exchange = {
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      request,
      response,
      serve: () => this.#serve(url, response),
      refuse: (code, message = 'no', headers = {}) => refuse(response, code, message, headers),
      watch: (...events) => this.#open(url.pathname, response, events),
    };
    const at = this.#once.findIndex(({ path }) => request.url.includes(path));
    const [once] = at === -1 ? [] : this.#once.splice(at, 1);
    const handler = once ?? this.#always.find(({ path }) => url.pathname.endsWith(path));
    if (handler === undefined) {
      exchange.serve();
    } else {
      handler.handler(exchange);
    }
  }

  #serve(url: URL, response: Http2ServerResponse): void {
    const { pathname, searchParams: query } = url;
    if (pathname === '/version') {
      json(response, 200, { major: '1', minor: '36' });
      return;
    }
    const [, collection = '', name = ''] = /^(.*)\/([^/]+)$/.exec(pathname) ?? [];
    const one = this.#matching(collection).find(({ metadata }) => metadata['name'] === name);
    if (one !== undefined) {
      json(response, 200, one);
      return;
    }
    const from = query.get('resourceVersion');
    if (query.get('watch') === null) {
      this.#list(pathname, query, response);
    } else if (query.get('sendInitialEvents') === 'true' && !this.hasWatchList) {
      refuse(response, 422, 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch', {});
    } else if (query.get('sendInitialEvents') === 'true') {
      const added = this.#matching(pathname).map((object) => ({ type: 'ADDED', object }));
      this.#open(pathname, response, [...added, bookmarkAt(this.#resourceVersion, true)]);
    } else {
      const missed = this.#matching(pathname).filter((it) => Number(it.metadata['resourceVersion']) > Number(from));
      const events = missed.map((object) => ({ type: 'MODIFIED', object }));
      this.#open(pathname, response, events);
    }
  }

  #list(path: string, query: URLSearchParams, response: Http2ServerResponse): void {
    const objects = this.#matching(path);
    const start = Number(query.get('continue') ?? 0);
    const end = start + Math.min(Number(query.get('limit') ?? this.pageSize), this.pageSize);
    const metadata = {
      resourceVersion: String(this.#resourceVersion),
      ...(end < objects.length && { continue: String(end) }),
    };
    json(response, 200, { kind: 'List', apiVersion: 'v1', metadata, items: objects.slice(start, end) });
  }

  #open(path: string, response: Http2ServerResponse, events: readonly object[]): void {
    const watch = { path, response };
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
    response.writeHead(200, { 'content-type': 'application/json' });
    (response as unknown as ServerResponse).flushHeaders();
    for (const event of events) {
      response.write(`${JSON.stringify(event)}\n`);
    }
  }

  #tell(collection: string, event: object | string): void {
    const bytes = typeof event === 'string' ? event : `${JSON.stringify(event)}\n`;
    const namespace =
      typeof event === 'string' ? undefined : (event as { object: Resource }).object.metadata['namespace'];
    for (const { path, response } of this.isFrozen ? [] : this.#watches) {
      const [, within, kind] = /^(?:.*)\/namespaces\/([^/]+)\/(\w+)$/.exec(path) ?? [];
      if (
        path === collection ||
        (collection.endsWith(`/${kind}`) && (namespace === undefined || within === namespace))
      ) {
        response.write(bytes);
      }
    }
  }

  #collection(path: string): Map<string, Resource> {
    const known = this.#objects.get(path) ?? new Map<string, Resource>();
    this.#objects.set(path, known);
    return known;
  }

  /** The objects under a path that may name a namespace. */
  #matching(path: string): readonly Resource[] {
    const [, group, namespace, kind] = /^(.*)\/namespaces\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    const all = [...this.#collection(group === undefined ? path : `${group}/${kind}`).values()];
    return namespace === undefined ? all : all.filter((it) => it.metadata['namespace'] === namespace);
  }
}

export function bookmarkAt(resourceVersion: number, isEnd = false): object {
  const annotations = isEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(resourceVersion), ...annotations } } };
}

export function expired(): object {
  const message = 'too old resource version: 1 (3689)';
  return { type: 'ERROR', object: { kind: 'Status', reason: 'Expired', code: 410, message } };
}

function certificateOf(request: Http2ServerRequest): string | undefined {
  const socket = (request.httpVersion === '2.0' ? request.stream.session?.socket : request.socket) as TLSSocket;
  const name = socket.getPeerCertificate().subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}

function keyOf({ metadata }: Resource): string {
  return `${String(metadata['namespace'] ?? '')}/${String(metadata['name'])}`;
}

function refuse(response: Http2ServerResponse, code: number, message: string, headers: Record<string, string>): void {
  json(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message }, headers);
}

function json(response: Http2ServerResponse, code: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

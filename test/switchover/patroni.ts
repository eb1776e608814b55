import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pair, Postgres } from './pair.ts';

/** What a stand-in does when it is asked to switch over. */
export type Manner =
  | 'usual'
  /** Does it, and says `503 … status unknown`. */
  | 'says-unknown'
  /** Tries nothing and says `503 Switchover failed`. */
  | 'gives-up'
  /** Does it, and never answers. */
  | 'silent'
  /** Says `200`, and does nothing. */
  | 'lies'
  /** Does it, and the old leader does not come back. */
  | 'leaves-one'
  /** The old leader dies with rows that its standby never got, as in an asynchronous failover. */
  | 'loses';

export interface PatroniOptions {
  readonly manner?: Manner;
  readonly auth?: { readonly username: string; readonly password: string };
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The second loop that a member's own row waits for before it tells something new. */
  readonly loopMs?: number;
  readonly tags?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** As Patroni 4 speaks: `primary`, `streaming`. */
  readonly isModern?: boolean;
  readonly pause?: boolean;
  readonly synchronous?: boolean;
  /** How long what is acknowledged goes nowhere before the leader dies (`loses`). */
  readonly losesMs?: number;
}

export interface Patroni {
  readonly urls: readonly string[];
  /** Who answers for writes now, by the servers themselves: what a health check of HAProxy would see. */
  readonly primary: number | null;
  readonly leader: string | null;
  manner: Manner;
  /** One member's API is gone. */
  silence(name: string): Promise<void>;
  /** What was sent to it: method, path and user agent. */
  readonly asked: readonly {
    readonly method: string;
    readonly path: string;
    readonly agent: string;
    readonly hasAuth: boolean;
  }[];
  /** Settles when nothing is under way any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface Row {
  role: 'leader' | 'replica';
  state: string;
  timeline: number | null;
  lag: number | 'unknown' | null;
}

/**
 * Patroni's REST API over two real servers, with what Patroni 3.0.2 was seen to answer and to do: the word comes before the cluster is
 * whole, the leader's row is without a timeline first and with the old one then, and the old leader's own row is as old as its loop.
 */
export async function startPatroni({ a, b }: Pick<Pair, 'a' | 'b'>, options: PatroniOptions = {}): Promise<Patroni> {
  const servers: Readonly<Record<string, Postgres>> = { a, b };
  const loopMs = options.loopMs ?? 300;
  const running = options.isModern === true ? 'streaming' : 'running';
  const history: unknown[] = [];
  const rows: Record<string, Row> = {
    a: { role: 'leader', state: 'running', timeline: await timelineOf(a), lag: null },
    b: { role: 'replica', state: running, timeline: await timelineOf(a), lag: 0 },
  };
  const asked: Patroni['asked'][number][] = [];
  let leader: string | null = 'a';
  let primary: Postgres | null = a;
  let manner = options.manner ?? 'usual';
  let underWay: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  async function turn(from: Postgres, to: Postgres): Promise<void> {
    const [old, next] = [rowOf(from.name), rowOf(to.name)];
    const was = old.timeline;
    old.timeline = null;
    await lookAgain();
    if (manner === 'loses') {
      await to.cutOff();
      await pause(options.losesMs ?? 400);
      await from.kill();
    } else {
      await from.stop();
    }
    primary = null;
    leader = null;
    Object.assign(old, { role: 'replica', state: 'stopping', lag: 'unknown' });
    await to.promote();
    leader = to.name;
    primary = to;
    Object.assign(next, { role: 'leader', state: 'running', timeline: was, lag: null });
    history.push([was, 58_981_320, 'no recovery target specified', new Date().toISOString(), to.name]);
  }

  /** What goes on after the word was given. */
  async function settle(from: Postgres, to: Postgres): Promise<void> {
    const [old, next] = [rowOf(from.name), rowOf(to.name)];
    old.state = 'stopped';
    await pause(loopMs);
    next.timeline = await timelineOf(to);
    if (manner === 'leaves-one' || manner === 'loses' || isClosed) {
      return;
    }
    await from.start({ standbyOf: to });
    await pause(loopMs);
    Object.assign(old, { state: running, timeline: next.timeline, lag: 0 });
  }

  function rowOf(name: string): Row {
    const row = rows[name];
    if (row === undefined) {
      throw new Error(`no member ${name}`);
    }
    return row;
  }

  /** A replica's lag, by its leader. */
  async function lookAgain(): Promise<void> {
    if (primary === null || !primary.isRunning) {
      return;
    }
    const found = await primary
      .sql(
        'SELECT application_name AS name, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::int AS lag FROM pg_stat_replication',
      )
      .catch(() => null);
    for (const { name, lag } of found ?? []) {
      const row = rows[String(name)];
      if (row !== undefined && row.role === 'replica' && row.state === running) {
        row.lag = Number(lag);
      }
    }
  }

  async function switchover(body: string): Promise<readonly [number, string]> {
    const wish = parsed(body);
    if (wish === null || Object.keys(wish).length === 0) {
      return [400, page];
    }
    if (typeof wish['leader'] !== 'string') {
      return [400, 'Switchover could be performed only from a specific leader'];
    }
    if (wish['leader'] !== leader) {
      return [412, 'leader name does not match'];
    }
    const to = servers[String(wish['candidate'] ?? 'b')];
    if (to === undefined) {
      return [412, 'candidate does not exists'];
    }
    const from = servers[wish['leader']];
    const told = manner;
    if (told === 'gives-up') {
      return [503, 'Switchover failed'];
    }
    if (told === 'lies' || from === undefined) {
      return [200, `Successfully switched over to "${to.name}"`];
    }
    const turning = turn(from, to);
    underWay = turning.then(() => settle(from, to));
    underWay.catch(() => undefined);
    await turning;
    return told === 'says-unknown'
      ? [503, 'Switchover status unknown after 20 seconds; operation may still be in progress']
      : [200, `Successfully switched over to "${to.name}"`];
  }

  const page = '<html><head><title>Error response</title></head><body><h1>Error response</h1></body></html>';
  const apis = new Map<string, { readonly server: Server; readonly url: string }>();

  function cluster(): object {
    return {
      members: Object.entries(rows).map(([name, { role, state, timeline, lag }]) => ({
        ...{
          name,
          role,
          state,
          api_url: `${apis.get(name)?.url ?? ''}/patroni`,
          host: '127.0.0.1',
          port: servers[name]?.port,
        },
        ...(role === 'replica' && options.synchronous === true ? { role: 'sync_standby' } : {}),
        ...(timeline === null ? {} : { timeline }),
        ...(lag === null ? {} : { lag }),
        ...(options.tags?.[name] === undefined ? {} : { tags: options.tags[name] }),
      })),
      ...(options.isModern === true ? { scope: 'batman' } : {}),
      ...(options.pause === true ? { pause: true } : {}),
    };
  }

  async function node(name: string): Promise<readonly [number, object]> {
    const about = { patroni: { version: options.isModern === true ? '4.0.4' : '3.0.2', scope: 'batman', name } };
    const said = await servers[name]
      ?.sql(
        `SELECT pg_is_in_recovery() AS standby, (SELECT system_identifier::text FROM pg_control_system()) AS system,
         CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS paused`,
      )
      .catch(() => []);
    const [row] = said ?? [];
    if (row === undefined) {
      return [503, { state: 'stopped', role: 'demoted', ...about }];
    }
    const lead = options.isModern === true ? 'primary' : 'master';
    return [
      200,
      {
        ...{
          state: rows[name]?.state,
          role: row['standby'] === true ? 'replica' : lead,
          timeline: rows[name]?.timeline,
        },
        ...{ xlog: row['standby'] === true ? { paused: row['paused'] } : { location: 67_111_608 } },
        ...{ database_system_identifier: row['system'], ...about },
      },
    ];
  }

  async function answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = request;
    asked.push({ method, path, agent: headers['user-agent'] ?? '', hasAuth: headers.authorization !== undefined });
    const send = (status: number, body: string | object) => {
      response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (method !== 'GET' && options.auth !== undefined) {
      const { username, password } = options.auth;
      const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      if (headers.authorization !== wanted) {
        return send(401, headers.authorization === undefined ? 'no auth header received' : 'not authenticated');
      }
    }
    if (method === 'POST' && path === '/switchover') {
      const [status, body] = await switchover(await bodyOf(request));
      // A silent one keeps the line open until whoever asked has gone.
      return manner === 'silent' ? undefined : send(status, body);
    }
    await lookAgain();
    switch (path) {
      case '/cluster':
        return send(200, cluster());
      case '/patroni':
        return send(...(await node(name)));
      case '/history':
        return send(200, history);
      case '/config':
        return send(200, {
          ...{ ttl: 30, loop_wait: 10, maximum_lag_on_failover: 1_048_576 },
          ...(options.synchronous === true ? { synchronous_mode: true } : {}),
        });
      default:
        return send(503, page);
    }
  }

  for (const name of Object.keys(servers)) {
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      void answer(name, request, response).catch(() => response.destroy());
    const server = options.tls === undefined ? createServer(handle) : createTlsServer({ ...options.tls }, handle);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    apis.set(name, { server, url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}` });
  }

  async function silence(name: string): Promise<void> {
    const server = apis.get(name)?.server;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }

  return {
    urls: [...apis.values()].map(({ url }) => url),
    get primary() {
      return primary?.port ?? null;
    },
    get leader() {
      return leader;
    },
    get manner() {
      return manner;
    },
    set manner(next) {
      manner = next;
    },
    asked,
    silence,
    idle: async () => void (await underWay.catch(() => undefined)),
    async close() {
      isClosed = true;
      await underWay.catch(() => undefined);
      await Promise.all([...apis.keys()].map(silence));
    },
  };
}

async function timelineOf(server: Postgres): Promise<number> {
  const [row] = await server.sql(
    "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int AS timeline",
  );
  return Number(row?.['timeline']);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) {
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

import type { RedisInfo } from '#systems/redis/server.ts';
import { span } from '#text/age.ts';
import { andMore, counted } from '../reading.ts';
import { infoNumber } from '../redis-info.ts';
import { type Reading, redisSignal } from '../signal.ts';

/** In seconds that the link between master and replica has been silent, seen from either side. */
export const signal = redisSignal({
  name: 'redis-replica-link',
  title: 'Redis replica',
  layer: 'platform',
  unit: 'seconds',
  threshold: { direction: 'above', warn: 10, critical: 60 },
  every: 5,
  read(info, { source }) {
    const reading = info.get('role') === 'slave' ? fromReplica(info) : fromMaster(info);
    return reading === null ? null : { ...reading, cause: source };
  },
});

function fromReplica(info: RedisInfo): Reading {
  const master = `master ${info.get('master_host') ?? '?'}`;
  if (info.get('master_link_status') === 'up') {
    const value = Math.max(0, infoNumber(info, 'master_last_io_seconds_ago') ?? 0);
    return { value, message: `replica linked to ${master}, heard ${span(value)} ago` };
  }
  const value = Math.max(0, infoNumber(info, 'master_link_down_since_seconds') ?? 0);
  if (info.get('master_sync_in_progress') === '1') {
    return { value, grade: 'warn', message: `replica copies everything from ${master}` };
  }
  const grade = value < 10 ? { grade: 'warn' as const } : { grade: 'critical' as const };
  return { value, ...grade, message: `replica has lost ${master} for ${span(value)}` };
}

/** null where nobody replicates: there is nothing to judge. */
function fromMaster(info: RedisInfo): Reading | null {
  const replicas = replicasOf(info);
  if (replicas.length === 0) {
    return null;
  }
  const backlog = infoNumber(info, 'repl_backlog_size') ?? Number.POSITIVE_INFINITY;
  const written = infoNumber(info, 'master_repl_offset') ?? 0;
  const worst = replicas.toSorted((a, b) => b.lag - a.lag)[0];
  const syncing = replicas.filter(({ state }) => state !== 'online');
  const value = worst?.lag ?? 0;
  if (syncing[0] !== undefined) {
    return {
      value,
      grade: 'warn',
      message: `replica ${syncing[0].ip} is in ${syncing[0].state}${andMore(syncing.length - 1)}`,
    };
  }
  const far = replicas.find(({ offset }) => written - offset > backlog);
  if (far !== undefined) {
    return { value, grade: 'warn', message: `replica ${far.ip} is behind the backlog: it will copy everything` };
  }
  const lag = value > 0 ? `, ${worst?.ip} heard ${span(value)} ago` : '';
  return { value, message: `${counted(replicas.length, 'replica')} online${lag}` };
}

interface Replica {
  readonly ip: string;
  readonly state: string;
  readonly offset: number;
  /** Seconds since its last word. */
  readonly lag: number;
}

/** `slave0:ip=10.0.0.7,port=6379,state=online,offset=42,lag=1` */
function replicasOf(info: RedisInfo): readonly Replica[] {
  const count = infoNumber(info, 'connected_slaves') ?? 0;
  return Array.from({ length: Math.min(count, 100) }, (_, index) => info.get(`slave${index}`))
    .filter((line) => line !== undefined)
    .map((line) => {
      const fields = new Map(line.split(',').map((field): [string, string] => splitAt(field)));
      return {
        ip: fields.get('ip') ?? '?',
        state: fields.get('state') ?? '?',
        offset: Number(fields.get('offset') ?? 0),
        lag: Math.max(0, Number(fields.get('lag') ?? 0)),
      };
    });
}

function splitAt(field: string): [string, string] {
  const at = field.indexOf('=');
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
}

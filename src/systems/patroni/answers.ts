import * as v from 'valibot';
import { ReadFailure } from '../source.ts';
import type { PatroniCluster, PatroniMember, PatroniNode, PatroniSettings, PatroniTurn } from './patroni.ts';

// What Patroni 2 to 4 answer: fields come and go between versions, so that only what nothing works without is asked for
// (facts: data-tier.md §1.7; 3.0.2 seen, 4.1.4 read).

const words = v.fallback(v.nullish(v.string(), null), null);
const count = v.fallback(v.nullish(v.number(), null), null);
const yes = v.fallback(v.nullish(v.boolean(), false), false);
const record = v.fallback(v.nullish(v.record(v.string(), v.unknown()), {}), {});

const member = v.object({
  name: v.string(),
  role: v.string(),
  state: v.fallback(v.string(), 'unknown'),
  api_url: words,
  host: words,
  port: count,
  timeline: count,
  // A number of bytes, or the word `unknown`.
  lag: count,
  tags: record,
});

const clusterAnswer = v.object({
  members: v.array(member),
  pause: yes,
  scheduled_switchover: v.fallback(
    v.nullish(v.object({ at: v.string(), to: v.fallback(v.nullish(v.string(), null), null) }), null),
    null,
  ),
});

const nodeAnswer = v.object({
  state: v.string(),
  role: v.string(),
  timeline: count,
  database_system_identifier: words,
  xlog: v.fallback(v.nullish(v.object({ paused: v.fallback(v.nullish(v.boolean(), null), null) }), null), null),
  patroni: v.fallback(v.nullish(v.object({ name: words, scope: words }), null), null),
});

const settingsAnswer = v.object({
  synchronous_mode: v.fallback(v.nullish(v.union([v.boolean(), v.string()]), false), false),
  maximum_lag_on_failover: count,
});

const turn = v.looseTuple([v.number(), v.unknown(), v.fallback(v.string(), '')]);

/** What Patroni takes where its configuration does not say. */
const usualMaximumLag = 1_048_576;

export function clusterIn(answer: unknown): PatroniCluster {
  const { members, pause, scheduled_switchover } = parsed(clusterAnswer, answer, '/cluster');
  return { isPaused: pause, scheduled: scheduled_switchover, members: members.map(memberIn) };
}

export function nodeIn(answer: unknown): PatroniNode {
  const node = parsed(nodeAnswer, answer, '/patroni');
  return {
    name: node.patroni?.name ?? null,
    // `master` before 4.0, `primary` from then on.
    role: node.role === 'master' || node.role === 'primary' ? 'primary' : 'standby',
    state: node.state,
    timeline: node.timeline,
    systemIdentifier: node.database_system_identifier,
    isReplayPaused: node.xlog?.paused ?? null,
    scope: node.patroni?.scope ?? null,
  };
}

export function settingsIn(answer: unknown): PatroniSettings {
  const { synchronous_mode, maximum_lag_on_failover } = parsed(settingsAnswer, answer, '/config');
  return {
    isSynchronous: synchronous_mode !== false && synchronous_mode !== 'off',
    maximumLagBytes: maximum_lag_on_failover ?? usualMaximumLag,
  };
}

export function historyIn(answer: unknown): readonly PatroniTurn[] {
  return parsed(v.array(turn), answer, '/history').map(([timeline, , reason, at, leader]) => ({
    timeline,
    reason,
    at: typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? Date.parse(at) : null,
    leader: typeof leader === 'string' ? leader : null,
  }));
}

function memberIn({ name, role, state, api_url, host, port, timeline, lag, tags }: v.InferOutput<typeof member>) {
  return {
    ...{ name, state, host, port, timeline },
    role: roleIn(role),
    apiUrl: api_url,
    lagBytes: lag,
    isBarred: tags['nofailover'] === true || tags['failover_priority'] === 0,
  };
}

function roleIn(role: string): PatroniMember['role'] {
  switch (role) {
    case 'leader':
    case 'master':
    case 'primary':
      return 'leader';
    case 'standby_leader':
    case 'sync_standby':
    case 'quorum_standby':
      return role;
    default:
      return 'replica';
  }
}

function parsed<const Schema extends v.GenericSchema>(
  schema: Schema,
  answer: unknown,
  path: string,
): v.InferOutput<Schema> {
  const { success, output } = v.safeParse(schema, answer);
  if (!success) {
    throw new ReadFailure('unsupported', `what it answers at ${path} is not what Patroni answers`);
  }
  return output;
}

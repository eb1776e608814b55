import fc from 'fast-check';
import type { Policy } from '#ledger/access/policy.ts';
import type { Actor, LedgerEntry } from '#ledger/entry.ts';
import { noon } from '../world.ts';

/** Few ids, so that entries meet each other. */
const idOf = (letter: string, n: number) => `01M7ZX${letter}${'0'.repeat(18)}${n}`;
const ids = (letter: string) => fc.constantFrom(idOf(letter, 1), idOf(letter, 2), idOf(letter, 3));
const operation = ids('A');
const freeze = ids('B');
const incident = ids('C');
const grant = fc.constantFrom(idOf('D', 1), idOf('D', 2));
const lock = ids('E');
const policyId = ids('F');
const epoch = ids('G');

export const tenantNames = ['harbour-shoes', 'cedar-home', 'maple-toys', 'bücher', 'a_b', 'a%b'];
export const tenants = fc.subarray(tenantNames, { minLength: 1 });
export const actionNames = ['scale', 'restart', 'roll_back', 's', 'thaw'];
export const actions = fc.subarray(actionNames, { minLength: 1 });
const groups = ['sre', 'leads', 'retail'];
const globs = fc.constantFrom('*', 's*', '*a*', 'sc?le', 'restart', 'a_b', '?', '*-*', 'h*-s*s', '\\*', '%');
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });
const words = fc.constantFrom('why', 'queue is long – ü "quoted"', 'x');
const instant = fc
  .integer({ min: -40 * 24, max: 40 * 24 })
  .map((hours) => new Date(noon + hours * 3_600_000).toISOString());
const days = fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const);
const timeOfDay = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
export const zones = [
  'Europe/Stockholm',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Chatham',
  'UTC',
  'Pacific/Kiritimati',
];

const rule = fc.record({
  name: fc.constantFrom('peak', 'night', 'all', 'Ä'),
  actions: fc.array(globs, { minLength: 1, maxLength: 2 }),
  environments: fc.subarray(['production', 'staging']),
  tiers: fc.subarray(['critical', 'basic']),
  tenants: fc.array(globs, { maxLength: 2 }),
  times: maybe(
    fc.record({
      days,
      from: timeOfDay,
      until: fc.oneof(timeOfDay, fc.constant('24:00')),
      timezone: fc.constantFrom(...zones),
    }),
  ),
  approvals: fc.array(fc.record({ group: fc.constantFrom(...groups), count: fc.integer({ min: 1, max: 2 }) }), {
    maxLength: 2,
  }),
  seconds: fc.integer({ min: 1, max: 90_000 }),
});

const people = fc.constant([
  {
    name: 'Alice',
    kind: 'human' as const,
    os: [],
    postgres: ['alice', 'alice-2'],
    kubernetes: [],
    key: null,
    groups: ['sre', 'leads'],
  },
  {
    name: 'Bob',
    kind: 'human' as const,
    os: [],
    postgres: ['bob'],
    kubernetes: [],
    key: null,
    groups: ['retail', 'leads'],
  },
  { name: 'robot', kind: 'service' as const, os: [], postgres: ['agent'], kubernetes: [], key: null, groups: [] },
]);

export const policies: fc.Arbitrary<Policy> = fc.record({
  people,
  tenants: fc.array(
    fc.record({
      environment: maybe(fc.constantFrom('production', 'staging')),
      tier: maybe(fc.constantFrom('critical', 'basic')),
      names: fc.subarray(tenantNames),
    }),
    { maxLength: 3 },
  ),
  rules: fc.array(rule, { maxLength: 4 }),
  free: fc.constant(['freeze']),
  breakGlass: fc.constant({ groups: ['sre'], seconds: 900, reviewers: null }),
  approvers: fc.record({ group: fc.constant('leads'), count: fc.constant(2) }),
  lapseSeconds: fc.constant(3_600),
}) as fc.Arbitrary<unknown> as fc.Arbitrary<Policy>;

const status = fc.constantFrom('ok', 'failed', 'unknown');
const outcome = status.map((said) => ({ status: said, message: null }));
const target = maybe(
  fc.record({
    tenants,
    cluster: maybe(fc.constant('eu-1')),
    namespace: fc.constant(null),
    kind: maybe(words),
    name: fc.constant(null),
  }),
);
const credential = fc.record({
  id: fc.constantFrom('c1', 'c2'),
  system: fc.constant('kubernetes'),
  where: fc.constant('eu-1'),
  tenants,
  name: words,
  jti: fc.constant(null),
  expiresAt: maybe(instant),
  residualUntil: fc.constant(null),
  residual: fc.constant(null),
});

const phase = <P extends string>(...names: readonly P[]) => fc.constantFrom(...names);
const entry = (kind: string, fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record({ kind: fc.constant(kind), ...fields });

function grants() {
  return fc.oneof(
    entry('grant', {
      phase: phase('request'),
      grant,
      params: fc.record({
        form: phase('standard', 'break-glass', 'plan', 'standing'),
        subject: fc.constantFrom('Alice', 'Bob'),
        actions,
        tenants,
        seconds: fc.integer({ min: 1, max: 90_000 }),
        from: maybe(instant),
        plan: maybe(fc.constant('d1')),
        uses: maybe(fc.constant(1)),
        extends: maybe(grant),
        key: fc.constant(null),
        policy: maybe(policyId),
        needs: fc.constant([]),
        lapseSeconds: maybe(fc.integer({ min: 60, max: 90_000 })),
        skipped: fc.subarray(['Bob', 'robot']),
      }),
    }),
    entry('grant', {
      phase: phase('approve'),
      grant,
      params: fc.record({ group: fc.constantFrom(...groups), digest: fc.constant('d'), comment: maybe(words) }),
    }),
    entry('grant', {
      phase: phase('deny', 'withdraw', 'lapse', 'activate', 'fail', 'end', 'expire', 'revoke'),
      grant,
      params: fc.constant({ comment: null }),
    }),
    entry('grant', {
      phase: phase('issue'),
      grant,
      params: fc.record({ credentials: fc.array(credential, { maxLength: 2 }) }),
    }),
    entry('grant', {
      phase: phase('retire'),
      grant,
      params: fc.record({ credentials: fc.subarray(['c1', 'c2']), proof: fc.constant({}) }),
    }),
    entry('grant', {
      phase: phase('review'),
      grant,
      params: fc.record({ verdict: phase('justified', 'not-justified'), note: maybe(words) }),
    }),
  );
}

/** Entries as they may follow each other in a ledger, and many as they may not: the state is the same in both stores anyway. */
export const bodies = fc.oneof(
  { arbitrary: grants(), weight: 14 },
  entry('operation', {
    phase: phase('intent'),
    operation,
    action: fc.constantFrom(...actionNames),
    target,
    grant: maybe(grant),
    params: fc.constantFrom({}, { web: 6, Ü: ['x', null], a: { b: true } }),
    plan: maybe(fc.constant({ digest: 'd1' })),
    idempotencyKey: maybe(fc.constantFrom('k1', 'k2', 'k3')),
  }),
  entry('operation', {
    phase: phase('step'),
    operation,
    params: fc.record({ step: words, index: fc.nat(3), of: fc.constant(4) }),
    outcome: maybe(outcome),
  }),
  entry('operation', { phase: phase('outcome', 'reconciled', 'refusal'), operation, outcome }),
  entry('freeze', {
    phase: phase('begin'),
    params: fc.record({
      freeze,
      name: words,
      from: instant,
      until: instant,
      timezone: fc.constant('UTC'),
      scope: fc.constant({ tenants: [], tiers: [], environments: ['production'], clusters: [], retailers: [] }),
      allows: fc.subarray(actionNames),
    }),
  }),
  entry('freeze', { phase: phase('end'), params: fc.record({ freeze }) }),
  entry('incident', {
    phase: phase('open'),
    incident,
    params: fc.record({ name: words, severity: fc.constantFrom('SEV1', 'SEV2'), commander: words, tenants }),
  }),
  entry('incident', { phase: phase('join'), incident, params: fc.record({ person: words }) }),
  entry('incident', { phase: phase('pin'), incident, params: fc.record({ tenants }) }),
  entry('incident', { phase: phase('close', 'note'), incident, params: fc.constant({ note: 'x' }) }),
  entry('lock', { phase: phase('begin'), params: fc.record({ lock, person: words, until: maybe(instant) }) }),
  entry('lock', { phase: phase('end'), params: fc.record({ lock }) }),
  entry('policy', { phase: phase('propose'), params: fc.record({ policy: policyId, digest: words, body: policies }) }),
  entry('policy', { phase: phase('approve'), params: fc.record({ policy: policyId, digest: words }) }),
  entry('policy', { phase: phase('approve'), params: fc.record({ policy: policyId, digest: words }) }),
  entry('policy', { phase: phase('withdraw'), params: fc.record({ policy: policyId }) }),
  entry('ledger', {
    phase: phase('key'),
    params: fc.record({ vkey: words, status: fc.constant('added'), from: instant, until: maybe(instant) }),
  }),
  entry('ledger', {
    phase: phase('epoch'),
    params: fc.record({
      epoch,
      anchored: fc.constant({ size: 9, root: 'r', anchor: 'vault', note: 'n' }),
      found: fc.constant({ size: 7, hash: 'h' }),
      lost: fc.constant({ from: 8, to: 9 }),
    }),
  }),
  entry('ledger', { phase: phase('epoch-acknowledge'), params: fc.record({ epoch }) }),
  entry('ledger', { phase: phase('read', 'import-begin'), params: fc.constant({}) }),
);

const nothing = {
  ...{
    operation: null,
    action: null,
    target: null,
    params: {},
    reason: null,
    ticket: null,
    grant: null,
    incident: null,
  },
  ...{ idempotencyKey: null, plan: null, outcome: null, redacted: [], spooled: null, prev: '', hash: '' },
};

type Drafted = readonly [body: Readonly<Record<string, unknown>>, login: string, minutes: number, reason: string];

/** A policy that two people put in force: most of what follows depends on one. */
const ruled: fc.Arbitrary<readonly Drafted[]> = policies.map(({ rules, ...rest }) => {
  const always = {
    name: 'always',
    actions: ['*'],
    environments: [],
    tiers: [],
    tenants: [],
    times: null,
    seconds: 7_200,
  };
  const body = { ...rest, rules: [...rules.slice(0, 1), { ...always, approvals: [{ group: 'sre', count: 1 }] }] };
  const policy = idOf('F', 1);
  return [
    [{ kind: 'policy', phase: 'propose', params: { policy, digest: 'd', body } }, 'alice', 1, 'first'],
    [{ kind: 'policy', phase: 'approve', params: { policy, digest: 'd' } }, 'alice-2', 1, 'first'],
    [{ kind: 'policy', phase: 'approve', params: { policy, digest: 'd' } }, 'bob', 1, 'first'],
  ];
});

const drafted: fc.Arbitrary<Drafted> = fc.tuple(
  bodies as fc.Arbitrary<Readonly<Record<string, unknown>>>,
  fc.constantFrom('alice', 'alice-2', 'bob', 'agent', 'mallory'),
  fc.constantFrom(1, 1, 1, 1, 60, 600, 14_400),
  words,
);

/** A chain of entries, from minutes to days apart. */
export const chains: fc.Arbitrary<readonly LedgerEntry[]> = fc
  .tuple(
    fc.oneof({ arbitrary: ruled, weight: 4 }, fc.constant([])),
    fc.array(drafted, { minLength: 5, maxLength: 80, size: 'max' }),
  )
  .map(([first, then]) => {
    let at = noon;
    return [...first, ...then].map(([body, login, minutes, reason], index) => {
      at += minutes * 60_000;
      const asserted = { by: 'postgresql', login, address: null, server: '1' } as const;
      const actor: Actor = { asserted, claimed: { app: null, person: null, tty: null, from: null, session: null } };
      const place = { seq: index + 1, id: `id-${index}`, at: new Date(at).toISOString(), actor };
      return { ...nothing, reason, ...body, ...place } as unknown as LedgerEntry;
    });
  });

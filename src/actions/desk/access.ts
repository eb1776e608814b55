import { canonical, type Json } from '#ledger/canonical.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { needsWords } from '#policy/access/needs-words.ts';
import { breakGlass, listenersOf } from '../access/break-glass.ts';
import { activate, approve, review, say } from '../access/deeds.ts';
import { grantableActions } from '../access/free-actions.ts';
import { lockPerson, unlockPerson } from '../access/locks.ts';
import { lookAt, standingOfGrant } from '../access/open.ts';
import { askFor, askForMore, type Wish } from '../access/request.ts';
import { type ActContext, secretsOf } from '../context.ts';
import type { AccessDeed, AccessDone, AccessPort, AccessWish, GrantStory } from './access-port.ts';
import { formOf, wishOf } from './access-wish.ts';

/** Grants by the same functions as `till access`, for as long as the console is open. */
export function accessPort(context: ActContext): AccessPort {
  return {
    form: formOf,
    async wish(form) {
      const [actions, access] = await Promise.all([grantableActions(), lookAt(context)]);
      return wishOf(form, { tenants: context.tenants, actions }, access);
    },
    perform: (deed, said) => performed(deed, said, context),
    story: ({ seq, grant, plan }) => storyOf({ seq, grant, plan }, context.ledger),
  };
}

async function performed(deed: AccessDeed, said: string | null, context: ActContext): Promise<AccessDone> {
  switch (deed.kind) {
    case 'request': {
      const asked = await askFor({ ...wished(deed.wish), breaksGlass: false, extends: null }, context);
      return await waiting(asked.grant, 'asked', context);
    }
    case 'extend': {
      const { seconds, reason, ticket } = deed.wish;
      const asked = await askForMore(deed.grant.grant, { seconds, reason, ticket }, context);
      return await waiting(asked.grant, 'asked for more time', context);
    }
    case 'break-glass': {
      const listeners = listenersOf(context.estate, secretsOf(context.estate, context.clock, context.env));
      const { grant, told, failed } = await breakGlass(wished(deed.wish), listeners, context);
      const deaf = failed.length === 0 ? '' : `; could not tell ${failed.map(({ to }) => to).join(', ')}`;
      const everybody = [...told, ...grant.skipped].join(', ') || 'nobody is there to be told';
      const words = `the glass is broken until ${grant.expiresAt}; told: ${everybody}${deaf}`;
      return { words, tone: 'bad', grant: grant.grant };
    }
    case 'approve': {
      const { grant } = await approve(deed.grant, { group: deed.group, comment: said }, context);
      return await waiting(grant, `approved for ${deed.group}`, context);
    }
    case 'activate': {
      const { grant, expiresAt } = await activate(deed.grant.grant, context);
      return { words: `active until ${expiresAt}`, tone: 'good', grant };
    }
    case 'review': {
      const { grant } = await review(deed.grant.grant, { verdict: deed.verdict, note: said }, context);
      return { words: `reviewed: ${deed.verdict.replace('-', ' ')}`, tone: 'good', grant };
    }
    case 'lock': {
      await lockPerson(deed.person, { reason: said ?? '', seconds: null }, context);
      return { words: `${deed.person} is locked: none of their grants works now`, tone: 'good', grant: null };
    }
    case 'unlock': {
      await unlockPerson(deed.person, said, context);
      return { words: `${deed.person} is not locked any more`, tone: 'good', grant: null };
    }
    default: {
      const { grant } = await say(deed.kind, deed.grant.grant, { reason: said }, context);
      return { words: ends[deed.kind], tone: 'good', grant };
    }
  }
}

const ends = {
  deny: 'denied; one no is enough',
  withdraw: 'withdrawn; nobody has to decide it any more',
  end: 'ended; what you may do has shrunk',
  revoke: 'revoked; nothing can be begun under it any more',
} as const;

function wished({
  tenants,
  actions,
  seconds,
  reason,
  ticket,
  plan,
}: AccessWish): Omit<Wish, 'breaksGlass' | 'extends'> {
  return {
    ...{ tenants, actions, seconds, reason, ticket, plan },
    ...{ incident: null, from: null, uses: plan === null ? null : 1, key: null },
  };
}

/** What it still waits for once this was done. */
async function waiting(id: string, done: string, context: ActContext): Promise<AccessDone> {
  const access = await lookAt(context);
  const grant = access.state.grants.get(id);
  const { status, missing } = grant === undefined ? { status: null, missing: [] } : standingOfGrant(grant, access);
  const next =
    missing.length > 0
      ? `it waits for ${needsWords(missing)}`
      : status === 'approved'
        ? `nothing is missing: ${grant?.subject ?? 'they'} may start it`
        : String(status);
  return { words: `${done}; ${next}`, tone: 'good', grant: id };
}

/** So many entries after its request are looked through: a grant lives for hours. */
const most = { scanned: 20_000, kept: 200 };

async function storyOf(
  { seq, grant, plan }: { readonly seq: number; readonly grant: string; readonly plan: string | null },
  ledger: Ledger,
): Promise<GrantStory> {
  await ledger.recordReading('console');
  const entries: LedgerEntry[] = [];
  for await (const entry of ledger.entries({ fromSeq: seq, toSeq: seq + most.scanned })) {
    if (entry.grant === grant && entry.phase !== 'step') {
      entries.push(entry);
    }
    if (entries.length >= most.kept) {
      break;
    }
  }
  return { entries, plan: plan === null ? null : await planned(plan, ledger) };
}

/** The lines of a plan that was recorded with this digest: by an intent, or by a refusal. */
async function planned(digest: string, ledger: Ledger): Promise<readonly string[] | null> {
  let scanned = 0;
  for await (const { plan, action, target } of ledger.newest({ kind: 'operation' })) {
    if (plan?.digest === digest) {
      return [
        `${action ?? ''} ${(target?.tenants ?? []).join(', ')}`.trim(),
        ...plan.changes.map(
          ({ object, field, before, after }) => `${object} ${field}  ${value(before)}  →  ${value(after)}`,
        ),
      ];
    }
    scanned += 1;
    if (scanned >= most.scanned) {
      break;
    }
  }
  return null;
}

function value(json: Json): string {
  return json === null ? 'nothing' : typeof json === 'string' ? json : canonical(json);
}

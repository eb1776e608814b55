import { stateHome } from '#health/state-folder.ts';
import { needsWords } from '#policy/access/needs-words.ts';
import { breakGlass, listenersOf } from '../access/break-glass.ts';
import { ownKey } from '../access/credentials/own-key.ts';
import { activate, approve, review, say } from '../access/deeds.ts';
import { lockPerson, unlockPerson } from '../access/locks.ts';
import { lookAt, standingOfGrant } from '../access/open.ts';
import { askFor, askForMore, type Wish } from '../access/request.ts';
import { type ActContext, secretsOf } from '../context.ts';
import { issued, leftBehind } from './access-issuing.ts';
import type { AccessDeed, AccessDone, AccessWish } from './access-port.ts';

/** Does what was agreed to, by the functions of the commands of the same name. */
export async function performed(deed: AccessDeed, said: string | null, context: ActContext): Promise<AccessDone> {
  switch (deed.kind) {
    case 'request': {
      const asked = await askFor({ ...wished(deed.wish, context), breaksGlass: false, extends: null }, context);
      return await waiting(asked.grant, 'asked', context);
    }
    case 'extend': {
      const { seconds, reason, ticket } = deed.wish;
      const asked = await askForMore(deed.grant.grant, { seconds, reason, ticket }, context);
      return await waiting(asked.grant, 'asked for more time', context);
    }
    case 'break-glass': {
      const listeners = listenersOf(context.estate, secretsOf(context.estate, context.clock, context.env));
      const { grant, told, failed } = await breakGlass(wished(deed.wish, context), listeners, context);
      const deaf = failed.length === 0 ? '' : `; could not tell ${failed.map(({ to }) => to).join(', ')}`;
      const everybody = [...told, ...grant.skipped].join(', ') || 'nobody is there to be told';
      const words = `the glass is broken until ${grant.expiresAt}; told: ${everybody}${deaf}`;
      return { words, tone: 'bad', grant: grant.grant };
    }
    case 'approve': {
      const { grant } = await approve(deed.grant, { group: deed.group, comment: said }, context);
      return (await issued(grant, context)) ?? (await waiting(grant, `approved for ${deed.group}`, context));
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
      const left = deed.kind === 'end' || deed.kind === 'revoke' ? await leftBehind(grant, context) : null;
      return left === null
        ? { words: ends[deed.kind], tone: 'good', grant }
        : {
            words: `${ends[deed.kind]}; what it was given could not be taken away from here: ${left}`,
            tone: 'bad',
            grant,
          };
    }
  }
}

const ends = {
  deny: 'denied; one no is enough',
  withdraw: 'withdrawn; nobody has to decide it any more',
  end: 'ended; what you may do has shrunk',
  revoke: 'revoked; nothing can be begun under it any more',
} as const;

function wished(
  { tenants, actions, seconds, reason, ticket, plan }: AccessWish,
  { estate, env }: ActContext,
): Omit<Wish, 'breaksGlass' | 'extends'> {
  return {
    ...{ tenants, actions, seconds, reason, ticket, plan },
    ...{ incident: null, from: null, uses: plan === null ? null : 1 },
    // What is issued is sealed to this machine's key; nobody issues anything for a ledger that is a file.
    key: estate.ledger?.postgres === undefined ? null : ownKey(stateHome(estate.id, env)).publicKey,
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

import type { AccessDeed } from '#actions/desk/access-port.ts';
import { wordsIn } from '#actions/desk/words-in.ts';
import type { Grant } from '#ledger/access/grant.ts';
import { openedAccess } from '../access/moves.ts';
import { accessOf } from '../access/now.ts';
import { grantRows, signOfGrant } from '../access/rows.ts';
import { prefill } from '../bindings/access-prefill.ts';
import type { Hands } from '../bindings/binding.ts';
import type { ConsoleState } from '../state/state.ts';
import type { Candidate, PaletteWord } from './words.ts';

const aboutGrants = ['show', 'approve', 'deny', 'activate', 'end', 'revoke', 'extend', 'withdraw', 'review'] as const;
const aboutPeople = ['lock', 'unlock'] as const;
const asking = ['request', 'break-glass'] as const;

/** `:access …` as `till access …`: what changes something asks first, as its key does. */
export const accessWords: readonly PaletteWord[] = [
  {
    name: 'access',
    aliases: ['grants'],
    title: 'what waits for me, what is open; ask, approve, revoke, lock',
    argument: { name: 'WORDS', required: false, candidates: (state, typed) => candidates(state, wordsIn(typed)) },
    run,
  },
  {
    name: 'break-glass',
    title: 'access that nobody approves: short, loud, reviewed by somebody else',
    argument: { name: 'FLAGS', required: false, candidates: () => flagCandidates },
    run: (hands, argument) => run(hands, `break-glass ${argument}`.trim()),
  },
];

function run(hands: Hands, argument: string): string | null {
  const [word = '', named = '', ...rest] = wordsIn(argument);
  const isOneOf = (known: readonly string[]) => known.includes(word);
  switch (true) {
    case word === '' || word === 'list':
      hands.set(openedAccess(hands.state()));
      return null;
    case isOneOf(asking) && named === '':
      hands.access.form(word === 'request' ? 'request' : 'break-glass', prefill(hands.state()));
      return null;
    case isOneOf(asking):
      hands.access.line(argument);
      return null;
    case isOneOf(aboutPeople):
      return aboutPerson(hands, word === 'lock' ? 'lock' : 'unlock', named, rest);
    case isOneOf(aboutGrants):
      return aboutGrant(hands, word, named, rest);
    default:
      return `access takes ${[...asking, ...aboutGrants, ...aboutPeople].join(', ')}; policies by till access policy`;
  }
}

function aboutPerson(hands: Hands, kind: 'lock' | 'unlock', person: string, rest: readonly string[]): string | null {
  const known = people(hands.state());
  if (!known.includes(person)) {
    return `the access policy names nobody called ${person}${known.length === 0 ? '' : `; there are ${known.join(', ')}`}`;
  }
  hands.access.ask({ kind, person }, saidIn(rest));
  return null;
}

function aboutGrant(hands: Hands, word: string, named: string, rest: readonly string[]): string | null {
  const found = grantsLike(hands.state(), named);
  const [grant] = found;
  if (grant === undefined || found.length > 1) {
    return grant === undefined ? `there is no grant ${named}` : `${named} means more than one grant`;
  }
  if (word === 'show') {
    hands.access.openGrant(grant.grant);
  } else if (word === 'extend') {
    hands.access.form('extend', { reason: saidIn(rest), ticket: grant.ticket ?? '' }, grant);
  } else {
    hands.access.ask(deedOf(hands.state(), word, grant), saidIn(rest));
  }
  return null;
}

function deedOf(state: ConsoleState, word: string, grant: Grant): AccessDeed {
  switch (word) {
    case 'approve': {
      const row = grantRows(state).find((one) => one.grant.grant === grant.grant);
      return { kind: 'approve', grant, group: row?.group ?? row?.missing[0]?.group ?? 'nobody' };
    }
    case 'review':
      return { kind: 'review', grant, verdict: 'justified' };
    case 'deny':
    case 'end':
    case 'revoke':
    case 'withdraw':
      return { kind: word, grant };
    default:
      return { kind: 'activate', grant };
  }
}

/** What was given with it: `--reason`, `--comment` or `--note`. */
function saidIn(words: readonly string[]): string {
  const at = words.findIndex((word) => ['--reason', '--comment', '--note'].includes(word));
  return at === -1 ? '' : (words[at + 1] ?? '');
}

/** By the beginning or the end of its id, as on the command line. */
function grantsLike(state: ConsoleState, text: string): readonly Grant[] {
  const wanted = text.toUpperCase();
  return wanted === ''
    ? []
    : grantRows(state)
        .map(({ grant }) => grant)
        .filter(({ grant }) => grant.startsWith(wanted) || grant.endsWith(wanted));
}

function people(state: ConsoleState): readonly string[] {
  return (accessOf(state)?.state.policy?.body.people ?? []).map(({ name }) => name);
}

const flagCandidates: readonly Candidate[] = ['tenants', 'actions', 'for', 'reason', 'ticket'].map((name) => ({
  value: `--${name} `,
  note: '',
}));

function candidates(state: ConsoleState, [word, ...rest]: readonly string[]): readonly Candidate[] {
  if (word === undefined) {
    return [...asking, ...aboutGrants, ...aboutPeople].map((value) => ({ value: `${value} `, note: '' }));
  }
  if (asking.some((one) => one === word)) {
    return flagCandidates;
  }
  if (rest.length > 0) {
    return [];
  }
  return aboutPeople.some((one) => one === word)
    ? people(state).map((value) => ({ value, note: '' }))
    : grantRows(state).map((row) => ({
        value: row.grant.grant,
        note: `${signOfGrant(row).word} ${row.grant.subject}: ${row.grant.actions.join(', ')}`,
      }));
}

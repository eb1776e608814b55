import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyForm } from '#actions/desk/access-form.ts';
import { storyOf } from '#actions/desk/access-story.ts';
import { formOf, wishOf } from '#actions/desk/access-wish.ts';
import { standingOf } from '#ledger/access/standing.ts';
import { emptyState } from '#ledger/state.ts';
import { requestLine } from '#policy/access/line.ts';
import { clean } from '#text/clean.ts';
import { aPolicy, aTeam } from '../../ledger/access/world.ts';
import { intent } from '../../ledger/world.ts';
import { aDetail, aTenant } from '../../views/makers.ts';

const now = Date.parse('2026-11-27T09:41:00Z');
const asserted = { by: 'postgresql', login: 'alice', address: null, server: '7301' } as const;

describe('a request as it is typed', () => {
  it('is the line that a refusal suggests, word for word, whatever the reason says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (typed) => {
        // What moves a terminal is taken out of a line that is shown.
        const reason = clean(typed);
        // A flag's value does not begin like a flag, here as on the command line.
        fc.pre(reason !== '' && reason !== 'why' && !/^-./su.test(reason));
        const said = { seconds: 1_800, tenants: ['maple-toys', 'cedar-home'], actions: ['scale'], reason: typed };
        expect(formOf(requestLine(said).replace('till access request', ''))).toEqual({
          ...{ ...emptyForm, tenants: 'maple-toys,cedar-home', actions: 'scale', for: '30m', reason },
        });
      }),
    );
  });

  it('leaves the reason open where the line could only say that there is one', () => {
    const line = requestLine({ seconds: 60, tenants: ['maple-toys'], actions: ['scale'], reason: null });
    expect(formOf(line.replace('till access request', '')).reason).toBe('');
  });

  it('says which flag it does not know', () => {
    expect(() => formOf('--tenant maple-toys')).toThrow('unknown flag --tenant');
  });
});

describe('what a filled form asks for', () => {
  const tenants = ['harbour-shoes', 'maple-toys', 'pixel-games'].map((name) => aDetail(aTenant(name)).tenant);
  const known = { tenants, actions: ['restart', 'rollback', 'scale'] };
  const state = {
    ...emptyState(),
    policy: { policy: '01JDP', seq: 1, since: '2026-11-01T00:00:00Z', digest: 'ab', body: aPolicy() },
  };
  const access = { state, who: standingOf(asserted, state), now };
  const form = { ...emptyForm, tenants: 'maple-toys', actions: 'scale', for: '30m', reason: 'queue is long' };

  it('has every glob frozen into names, and says what the policy demands', () => {
    expect(wishOf({ ...form, tenants: '*-toys, harbour-*', actions: 'r*' }, known, access)).toMatchObject({
      ...{ tenants: ['harbour-shoes', 'maple-toys'], actions: ['restart', 'rollback'], seconds: 1_800, ticket: null },
      demand: {
        needs: [
          { group: 'retail', count: 1 },
          { group: 'sre', count: 1 },
        ],
        seconds: 3_600,
      },
    });
  });

  it.each([
    [{ tenants: ' ' }, 'say on which tenants'],
    [{ tenants: 'maple-tois' }, 'there is no tenant "maple-tois"'],
    [{ actions: '' }, 'say what is to be done'],
    [{ actions: 'restrat' }, 'no action that asks for a grant is called "restrat"'],
    [{ for: '' }, 'say for how long'],
    [{ for: '0m' }, '"0m" is no duration'],
    [{ for: 'soon' }, '"soon" is no duration'],
    [{ reason: '  ' }, 'asking for access needs a reason'],
  ])('is missing something in %j', (change, message) => {
    expect(() => wishOf({ ...form, ...change }, known, access)).toThrow(message);
  });
});

describe('the story of a grant', () => {
  it('is its own entries and what was done under it, and the lines of its plan where the ledger has them', async () => {
    const team = await aTeam();
    const change = { object: 'Deployment odoo-web', field: 'spec.replicas', before: 2, after: 6, owner: null };
    const plan = { digest: '9c41aa', danger: 'moderate', changes: [change], undo: null, health: {} } as const;
    const other = await team.request('bob', { tenants: ['cedar-home'] });
    const grant = await team.given('alice', [['bob', 'sre']], { form: 'plan', plan: '9c41aa', uses: 1 });
    const before = await storyOf(await team.grant(grant), team.as('lea'));
    expect(before.plan).toBeNull();
    await team.as('alice').append(intent({ grant, plan, target: { tenants: ['maple-toys'] } }));
    const after = await storyOf(await team.grant(grant), team.as('lea'));
    expect(after.plan).toEqual(['scale maple-toys', 'Deployment odoo-web spec.replicas  2  →  6']);
    expect(after.entries.map(({ phase }) => phase)).toEqual(['request', 'approve', 'activate', 'intent']);
    expect(after.entries.some((entry) => entry.grant === other)).toBe(false);
  });
});

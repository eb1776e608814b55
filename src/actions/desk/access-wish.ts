import * as v from 'valibot';
import type { Tenant } from '#estate/estate.ts';
import { duration } from '#estate/values.ts';
import { chooseTenants } from '#grammar/choose.ts';
import type { Command } from '#grammar/command.ts';
import { parse } from '#grammar/parse.ts';
import { demandOf } from '#ledger/access/rules.ts';
import type { AccessNow } from '#policy/access/judge.ts';
import { isGlob, matchesGlob } from '#text/glob.ts';
import { suggest } from '#text/suggest.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { AccessForm } from './access-form.ts';
import type { AccessWish } from './access-port.ts';
import { wordsIn } from './words-in.ts';

const command: Command = {
  name: 'access request',
  summary: '',
  examples: [],
  flags: [
    { name: 'tenants', value: 'NAMES', multiple: true, summary: '', environment: false },
    { name: 'actions', value: 'ACTIONS', multiple: true, summary: '', environment: false },
    { name: 'for', value: 'DURATION', summary: '', environment: false },
    { name: 'reason', value: 'TEXT', summary: '', environment: false },
    { name: 'ticket', value: 'ID', summary: '', environment: false },
    { name: 'plan', value: 'DIGEST', summary: '', environment: false },
  ],
  run: async () => exitCodes.ok,
};

/** Throws TillError (exit 2) on a flag that it does not know. */
export function formOf(line: string): AccessForm {
  const { flags } = parse(wordsIn(line), command, {});
  const value = (name: string) => (flags.get(name) ?? []).join(',');
  const reason = value('reason');
  return {
    ...{ tenants: value('tenants'), actions: value('actions'), for: value('for'), ticket: value('ticket') },
    // What a refusal suggests says `why` in the place of what only a person can say.
    ...{ reason: reason === 'why' ? '' : reason, plan: value('plan') },
  };
}

/** Throws TillError (exit 2) on what is missing or not known. */
export function wishOf(
  form: AccessForm,
  known: { readonly tenants: readonly Tenant[]; readonly actions: readonly string[] },
  access: AccessNow,
): AccessWish {
  const seconds = spanIn(form.for);
  const tenants = tenantsIn(form.tenants, known.tenants);
  const actions = actionsIn(form.actions, known.actions);
  const reason = form.reason.trim();
  if (reason === '') {
    throw mistake('asking for access needs a reason', 'approvers and auditors read it');
  }
  const policy = access.state.policy?.body ?? null;
  return {
    ...{ tenants, actions, seconds, reason },
    ticket: form.ticket.trim() === '' ? null : form.ticket.trim(),
    plan: form.plan.trim() === '' ? null : form.plan.trim(),
    demand: policy === null ? null : demandOf(policy, { actions, tenants, now: access.now }),
  };
}

function spanIn(text: string): number {
  const parsed = v.safeParse(duration, text.trim());
  if (!parsed.success || parsed.output === 0) {
    throw mistake(text.trim() === '' ? 'say for how long' : `"${text.trim()}" is no duration`, 'such as 45m or 4h');
  }
  return parsed.output;
}

function tenantsIn(text: string, known: readonly Tenant[]): readonly string[] {
  const names = listIn(text);
  if (names.length === 0) {
    throw mistake('say on which tenants', 'names or globs, commas between');
  }
  const choice = { names, selectors: [], tiers: [], environments: [], retailers: [], clusters: [], all: false };
  return chooseTenants(known, choice).map(({ name }) => name);
}

function actionsIn(text: string, known: readonly string[]): readonly string[] {
  const names = listIn(text);
  if (names.length === 0) {
    throw mistake('say what is to be done', `there is ${known.join(', ')}`);
  }
  for (const name of names) {
    if (!known.some((one) => (isGlob(name) ? matchesGlob(name, one) : name === one))) {
      const meant = suggest(name, known);
      throw mistake(
        `no action that asks for a grant is called "${name}"`,
        meant === undefined ? `there is ${known.join(', ')}` : `did you mean "${meant}"?`,
      );
    }
  }
  return known.filter((one) => names.some((name) => matchesGlob(name, one)));
}

function listIn(text: string): readonly string[] {
  return text.split(/[\s,]+/u).filter((one) => one !== '');
}

function mistake(message: string, next: string): TillError {
  return new TillError(message, { exit: exitCodes.usage, reason: 'usage', next });
}

import { describe, expect, it } from 'vitest';
import { draftSchema } from '#ledger/draft.ts';
import { catalogue, classes, severityOf } from '#ledger/export/catalogue.ts';
import { ocsfEvent } from '#ledger/export/ocsf.ts';
import { estateId, freeze, intent, ledgerIn, newFolder, newId, outcome } from '../world.ts';
import { entriesOf, exported, hostile } from './world.ts';

/** Required by OCSF 1.9 of every event, and of each class (facts: access-audit.md §2.1). */
const ofAll = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'];
const ofClass: Readonly<Record<number, readonly string[]>> = {
  6003: ['actor', 'api', 'src_endpoint'],
  3004: ['entity'],
  3007: ['user'],
  3008: ['iam_role'],
};

async function eventsOfEverything() {
  const ledger = ledgerIn(await newFolder());
  for (const reason of hostile) {
    const draft = intent({ reason });
    await ledger.append(draft);
    await ledger.append(outcome(draft.operation, 'unknown'));
  }
  await ledger.append(freeze());
  const grant = newId();
  const params = {
    form: 'standard',
    subject: 'alice',
    actions: ['scale'],
    tenants: ['maple-toys'],
    seconds: 600,
  } as const;
  const nothing = { from: null, plan: null, uses: null, extends: null, key: null, policy: null, lapseSeconds: null };
  await ledger.append({ kind: 'grant', phase: 'request', grant, reason: 'fire', params: { ...params, ...nothing } });
  await ledger.append({ kind: 'grant', phase: 'activate', grant });
  const text = await exported(ledger, 'ocsf');
  return {
    entries: await entriesOf(ledger),
    events: text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    grant,
  };
}

describe('OCSF 1.9', () => {
  it('has what every event and its class require', async () => {
    const { events } = await eventsOfEverything();
    expect(new Set(events.map(({ class_uid }) => class_uid))).toEqual(new Set([6003, 3004, 3007]));
    for (const event of events) {
      expect(
        [...ofAll, ...(ofClass[event.class_uid] ?? ['unknown class'])].filter((field) => event[field] === undefined),
      ).toEqual([]);
      expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id);
      expect(event.category_uid).toBe(Math.floor(event.class_uid / 1000));
      expect(Number.isSafeInteger(event.time)).toBe(true);
      expect(event.severity_id).toBeGreaterThanOrEqual(1);
      expect(event.severity_id).toBeLessThanOrEqual(5);
      expect(event.metadata).toMatchObject({ version: '1.9.0', product: { name: 'till' } });
      expect(Object.keys(event.src_endpoint)).toHaveLength(1);
    }
  });

  it('carries the chain in the profile record_integrity', async () => {
    const { entries, events } = await eventsOfEverything();
    for (const [index, { attestation_list, metadata }] of events.entries()) {
      const [{ fingerprint, prev_event, chain_uid }] = attestation_list;
      expect(metadata.profiles).toEqual(['record_integrity']);
      expect(chain_uid).toBe(`till/${estateId}`);
      expect(fingerprint).toMatchObject({ algorithm_id: 3, value: entries[index]?.hash });
      expect(prev_event?.fingerprint.value).toBe(index === 0 ? undefined : entries[index - 1]?.hash);
    }
  });

  it('names whom a grant is for, and rates what is not known as high', async () => {
    const { events, grant } = await eventsOfEverything();
    const activation = events.at(-1);
    expect(activation).toMatchObject({ class_uid: 3007, activity_id: 14, user: { name: 'alice' } });
    expect(activation.privileges).toEqual([`grant ${grant}`]);
    const unknown = events.find(({ metadata }) => metadata.event_code === 'TL-O04');
    expect(unknown).toMatchObject({ severity_id: 4, status_id: 0 });
  });

  it('keeps what the client claims apart from what the store saw', async () => {
    const { entries, events } = await eventsOfEverything();
    expect(events[1].actor.user).toMatchObject({ name: 'alice' });
    expect(JSON.stringify({ ...events[1], unmapped: null })).not.toContain('claimed');
    expect(events[1].unmapped.till.actor.claimed).toEqual(entries[1]?.actor.claimed);
  });
});

describe('the catalogue of entries', () => {
  it('knows every kind that the ledger lets in', () => {
    expect([...kindsIn(draftSchema)].filter((what) => catalogue[what] === undefined)).toEqual([]);
    expect(kindsIn(draftSchema).size).toBeGreaterThan(30);
  });

  it('gives each a code of its own', () => {
    const codes = Object.values(catalogue).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => !/^TL-[A-Z]\d\d$/.test(code))).toEqual([]);
  });

  it('uses no class that OCSF 1.9 has deprecated', () => {
    expect(Object.values(classes).map(({ uid }) => uid)).toEqual([6003, 3004, 3007, 3008]);
  });

  it('rates by the entry alone', async () => {
    const ledger = ledgerIn(await newFolder());
    const { entry } = await ledger.append(freeze());
    expect([severityOf(entry, false), severityOf(entry, true)]).toEqual([2, 4]);
    expect(ocsfEvent(entry, { estateId, grants: new Map() })['comment']).toBe('peak trading');
  });
});

/** `kind/phase` of every form in a valibot schema of variants. */
function kindsIn(schema: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) {
    return found;
  }
  const { options, entries } = schema as {
    readonly options?: readonly unknown[];
    readonly entries?: Readonly<Record<string, { readonly literal?: unknown }>>;
  };
  for (const option of options ?? []) {
    kindsIn(option, found);
  }
  const [kind, phase] = [entries?.['kind']?.literal, entries?.['phase']?.literal];
  if (kind !== undefined && phase !== undefined) {
    found.add(`${String(kind)}/${String(phase)}`);
  }
  return found;
}

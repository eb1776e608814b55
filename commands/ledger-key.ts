import { openLedger } from '#actions/context.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { printList, printOne } from '#grammar/output.ts';
import { usageError } from '#grammar/usage-error.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { Keyring, usable } from '#ledger/proof/keyring.ts';
import type { CheckpointKey } from '#ledger/state.ts';
import { verifierKey } from '#ledger/verifier/note.ts';
import { clean } from '#text/clean.ts';
import { instant } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { proofFolders } from './auditing/anchors.ts';

const words = ['new', 'list', 'rotate', 'retire'] as const;

export const command: Command = {
  name: 'ledger key',
  summary: 'The keys that sign checkpoints of the ledger, and when each may',
  examples: [
    { line: 'till ledger key new', note: 'make one; it may sign from now on' },
    { line: 'till ledger key list', note: 'every key that ever signed, with its time' },
    { line: 'till ledger key rotate', note: 'make the next one, and retire those in use' },
    { line: 'till ledger key retire 1a2b3c4d', note: 'it may sign no more' },
  ],
  arguments: [
    { name: 'WHAT', required: true, summary: words.join(', '), completion: words },
    { name: 'KEY', summary: "to retire: the key's id, as the list shows it" },
  ],
  flags: [{ name: 'reason', value: 'TEXT', summary: 'why, for whoever reads the ledger', environment: false }],
  async run(invocation) {
    const { io } = invocation;
    const estate = await invocation.estate();
    const ring = new Keyring(proofFolders(estate, io.env).keys, estate.id);
    const ledger = openLedger(estate, io.clock, io.env);
    try {
      switch (invocation.arguments[0]) {
        case 'new':
          return await made(ring, ledger, invocation, false);
        case 'rotate':
          return await made(ring, ledger, invocation, true);
        case 'retire':
          return await retired(ledger, invocation);
        case 'list':
          return await listed(ring, ledger, invocation);
        default:
          throw usageError('a key is made, listed, rotated or retired', command, `till ledger key ${words.join('|')}`);
      }
    } finally {
      await ledger.close();
    }
  },
};

async function made(ring: Keyring, ledger: Ledger, invocation: Invocation, isRotation: boolean) {
  const now = invocation.io.clock.now();
  const inUse = usable(await ledger.state(), now);
  if (inUse.length > 0 && !isRotation) {
    throw new TillError('a key is in use already', {
      exit: exitCodes.refused,
      reason: 'key-in-use',
      ...(inUse[0] === undefined ? {} : { target: idOf(inUse[0]) }),
      next: '`till ledger key rotate` makes the next one and retires this one',
    });
  }
  const signer = ring.make();
  const at = new Date(now).toISOString();
  await record(ledger, invocation, { vkey: signer.vkey, status: 'added', from: at, until: null });
  for (const { vkey, from } of inUse) {
    await record(ledger, invocation, { vkey, status: 'retired', from, until: at });
  }
  await printOne(invocation, {
    kind: 'LedgerKey',
    fields: { id: signer.id, vkey: signer.vkey, path: signer.path, retired: inUse.map(idOf) },
    name: signer.vkey,
    text: () =>
      [
        signer.vkey,
        '',
        `This is the public key. Give it to whoever verifies, on another way than the ledger: they say --key with it.`,
        `The private key is in ${signer.path}, for this user alone; nobody can make it again.`,
        ...inUse.map((key) => `Key ${idOf(key)} is retired as of ${instant(now)}.`),
        'Next: till ledger checkpoint',
        '',
      ].join('\n'),
  });
  return exitCodes.ok;
}

async function retired(ledger: Ledger, invocation: Invocation) {
  const [, id = ''] = invocation.arguments;
  const key = [...(await ledger.state()).keys.values()].find((known) => idOf(known) === id || known.vkey === id);
  if (key === undefined) {
    throw usageError(`there is no key "${clean(id)}"`, command, 'till ledger key list');
  }
  if (key.until !== null) {
    throw new TillError(`key ${idOf(key)} was retired at ${key.until}`, {
      exit: exitCodes.refused,
      reason: 'key-retired',
      target: idOf(key),
    });
  }
  const until = new Date(invocation.io.clock.now()).toISOString();
  await record(ledger, invocation, { vkey: key.vkey, status: 'retired', from: key.from, until });
  invocation.io.out(`key ${idOf(key)} may sign no more\n`);
  return exitCodes.ok;
}

async function listed(ring: Keyring, ledger: Ledger, invocation: Invocation) {
  const state = await ledger.state();
  const now = invocation.io.clock.now();
  const held = new Set(ring.held().map(({ vkey }) => vkey));
  const current = new Set(usable(state, now).map(({ vkey }) => vkey));
  const items = [...state.keys.values()].map((key) => ({
    ...{ id: idOf(key), vkey: key.vkey, from: key.from, until: key.until },
    isInUse: current.has(key.vkey),
    isHeld: held.has(key.vkey),
  }));
  await printList(invocation, {
    kind: 'LedgerKeyList',
    items,
    name: ({ vkey }) => vkey,
    empty: 'no key signs checkpoints yet: till ledger key new',
    columns: [
      { title: 'KEY', value: ({ id }) => id },
      { title: 'IN USE', value: ({ isInUse }) => (isInUse ? { text: 'yes', tone: 'good' } : 'no') },
      { title: 'FROM', value: ({ from }) => from },
      { title: 'UNTIL', value: ({ until }) => until ?? '-' },
      { title: 'PRIVATE KEY', value: ({ isHeld }) => (isHeld ? 'here' : 'elsewhere') },
      { title: 'VKEY', value: ({ vkey }) => vkey },
    ],
  });
  return exitCodes.ok;
}

function record(
  ledger: Ledger,
  invocation: Invocation,
  params: { vkey: string; status: 'added' | 'retired'; from: string; until: string | null },
) {
  return ledger.append({ kind: 'ledger', phase: 'key', reason: invocation.value('reason') ?? null, params });
}

function idOf({ vkey }: Pick<CheckpointKey, 'vkey'>): string {
  return verifierKey(vkey)?.id ?? vkey;
}

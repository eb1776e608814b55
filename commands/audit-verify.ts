import { openLedger } from '#actions/context.ts';
import type { Estate } from '#estate/estate.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { usageError } from '#grammar/usage-error.ts';
import { type Held, heldBy } from '#ledger/anchors/anchor-checkpoint.ts';
import type { Evidence } from '#ledger/verifier/evidence.ts';
import { verifierKey } from '#ledger/verifier/note.ts';
import { reportLines } from '#ledger/verifier/report.ts';
import { type Verification, verifyOf } from '#ledger/verify.ts';
import { clean } from '#text/clean.ts';
import { exitCodes } from '#text/till-error.ts';
import { openAnchors } from './auditing/anchors.ts';
import { momentOf } from './auditing/filter.ts';

export const command: Command = {
  name: 'audit verify',
  summary: 'Prove that no entry of the ledger was changed, cut, moved or put in',
  group: 'read',
  examples: [
    { line: 'till audit verify', note: 'against every anchor of the estate; exit 3, unanchored, while it names none' },
    {
      line: 'till audit verify --anchor vault --key till/8f2f…+1a2b3c4d+Ab…',
      note: 'against one, by a key that you trust',
    },
    { line: 'till audit verify --chain', note: 'the bare chain, as far as a chain alone can prove it' },
  ],
  flags: [
    { name: 'chain', summary: 'check the bare chain, without an anchor outside', environment: false },
    { name: 'anchor', value: 'NAME', summary: 'against this anchor alone', environment: false },
    {
      name: 'key',
      value: 'VKEY',
      multiple: true,
      summary: 'trust this public key alone, not those that the ledger names',
      environment: false,
    },
    {
      name: 'from-file',
      value: 'FILE',
      summary: 'a copy or an export of the ledger instead of itself',
      completion: 'file',
      environment: false,
    },
    {
      name: 'since',
      value: 'INSTANT',
      summary: 'tell of longer silences before then, and let them pass',
      environment: false,
    },
  ],
  exits: [
    { code: exitCodes.ok, when: 'verified up to a checkpoint; with --chain: the chain holds' },
    {
      code: exitCodes.checkFalse,
      when: 'tampered with, torn, unanchored, a stale tail, a key outside its time, an epoch break or empty: the reason says which',
    },
    { code: exitCodes.unreachable, when: 'no anchor could be reached' },
  ],
  async run(invocation) {
    const estate = await invocation.estate();
    const chain = invocation.given('chain');
    const held = chain
      ? null
      : await heldBy(await openAnchors(estate, invocation, invocation.value('anchor')), estate.id);
    const { exit, ...verification } = await verified(estate, invocation, chain, held);
    await printOne(invocation, {
      kind: 'LedgerVerification',
      fields: { ...verification, anchors: held?.anchors ?? [] },
      name: verification.reason,
      text: (paint) =>
        [
          ...reportLines({ ...verification, exit }, verification.acknowledged),
          ...(held?.anchors ?? []).flatMap(anchorLines),
        ]
          .map(({ tone, text }) => `${tone === null ? clean(text) : paint(tone, clean(text))}\n`)
          .join(''),
    });
    return exit;
  },
};

async function verified(
  estate: Estate,
  invocation: Invocation,
  chain: boolean,
  held: Held | null,
): Promise<Verification> {
  const { io } = invocation;
  const evidence = { ...(held === null ? {} : { evidence: evidenceFrom(estate, invocation, held) }) };
  const file = invocation.value('from-file');
  if (file !== undefined) {
    return verifyOf(file, { estateId: estate.id, chain, ...evidence });
  }
  const ledger = openLedger(estate, io.clock, io.env);
  try {
    return await ledger.verify({ chain, ...evidence });
  } finally {
    await ledger.close();
  }
}

function evidenceFrom({ ledger }: Estate, invocation: Invocation, { notes, times, unreachable }: Held): Evidence {
  const keys = invocation.values('key');
  const wrong = keys.find((key) => verifierKey(key) === null);
  if (wrong !== undefined) {
    throw usageError(`"${clean(wrong)}" is no public key`, command, 'till ledger key list -o name');
  }
  const { heartbeat = null, allowedTail = 900 } = ledger?.checkpoints ?? {};
  return {
    ...{ notes, times, unreachable, heartbeat, allowedTail, proofs: [] },
    keys: keys.length === 0 ? null : keys,
    // A copy is as old as it is: its tail is measured by its own last entry.
    now: invocation.value('from-file') === undefined ? invocation.io.clock.now() : null,
    since: momentOf(invocation, 'since') ?? null,
  };
}

function anchorLines({ anchor, kind, held, weakness }: Held['anchors'][number]) {
  const holds =
    held === null ? (kind === 'syslog' ? 'cannot be read back from here' : 'was not read') : `holds ${held}`;
  return [
    { tone: 'faint', text: `  anchor ${anchor} (${kind}): ${holds}` } as const,
    ...(weakness === null ? [] : [{ tone: 'unsure', text: `  anchor ${anchor}: ${weakness}` } as const]),
  ];
}

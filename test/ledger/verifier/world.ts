import { createHash } from 'node:crypto';
import { canonical, type Json, type JsonObject } from '#ledger/canonical.ts';
import { noHash, sealed } from '#ledger/chain.ts';
import { newSecret, type Signer, signedNote, signerFrom } from '#ledger/proof/signer.ts';
import { checkpointText, originOf } from '#ledger/verifier/checkpoint.ts';
import type { Evidence, HeldNote } from '#ledger/verifier/evidence.ts';
import { noEvidence } from '#ledger/verifier/evidence.ts';
import { linkOf } from '#ledger/verifier/line.ts';
import { Tree } from '#ledger/verifier/merkle.ts';
import { type Verification, verifyStored } from '#ledger/verify.ts';

export const estateId = '8f2f4f8a-6f0e-4d3c-9f59-2f4e0f5c9a11';
export const noon = Date.parse('2026-11-27T12:00:00Z');
export const origin = originOf(estateId, null);

/** A key that was made for one test. */
export function newSigner(name = origin): Signer {
  return signerFrom(newSecret(name), name) ?? raise('no key');
}

function raise(message: string): never {
  throw new Error(message);
}

/** What an entry says; everything else of it is filled in. */
export interface Said {
  readonly kind?: string;
  readonly phase?: string;
  readonly operation?: string | null;
  readonly params?: JsonObject;
  readonly reason?: string | null;
  readonly user?: string;
  /** Seconds after noon. */
  readonly second?: number;
}

const nothing = { action: null, grant: null, idempotencyKey: null, incident: null, outcome: null, plan: null };

function bodyOf({
  kind = 'operation',
  phase = 'note',
  operation = null,
  params = {},
  reason = null,
}: Said): JsonObject {
  return {
    ...nothing,
    id: '01JDNV0000000000000000000A',
    kind,
    phase,
    operation,
    params,
    reason,
    redacted: [],
    spooled: null,
    target: null,
    ticket: null,
  };
}

const claimed = { app: 'till/0.1.0', from: null, person: null, session: null, tty: null };
const instant = (second: number) => new Date(noon + second * 1_000).toISOString();

/** The line of a file's entry. */
function fileLine(said: Said, seq: number, prev: string): string {
  const asserted = { by: 'os', host: 'bastion-1', login: null, pid: 1, uid: 1000, user: said.user ?? 'alice' };
  const entry = { ...bodyOf(said), at: instant(said.second ?? seq), actor: { asserted, claimed } };
  return sealed(canonical(entry), seq, prev).line;
}

/** The line of a server's entry, as contract and SQL make it. */
function serverLine(said: Said, seq: number, prev: string): string {
  const login = said.user ?? 'alice';
  const at = instant(said.second ?? seq);
  const asserted: Json = { address: '10.0.0.7', at, by: 'postgresql', login, server: '7301234567890123456' };
  const entry = { ...bodyOf(said), actor: { claimed } };
  const open = canonical({ asserted, entry, ledger: 'v2', prev, seq }).slice(0, -1);
  return `${open},"sha256":"${createHash('sha256').update(open).digest('hex')}"}`;
}

export type Form = 'v1' | 'v2';

export const hashIn = (line: string | undefined) => linkOf(Buffer.from(line ?? ''))?.hash ?? noHash;

/** A sound chain that says this, one entry after the other. */
export function chainOf(all: readonly Said[], form: Form = 'v1', after: readonly string[] = []): readonly string[] {
  const lines = [...after];
  for (const said of all) {
    const seal = form === 'v1' ? fileLine : serverLine;
    lines.push(seal(said, lines.length + 1, hashIn(lines.at(-1))));
  }
  return lines;
}

export const genesis: Said = { kind: 'ledger', phase: 'genesis', params: { estate: estateId } };

export function keyEntry({ vkey }: Signer, from = noon, until: number | null = null): Said {
  const window = { from: new Date(from).toISOString(), until: until === null ? null : new Date(until).toISOString() };
  return { kind: 'ledger', phase: 'key', params: { vkey, status: until === null ? 'added' : 'retired', ...window } };
}

/** An id that sorts by its number and was made at noon. */
export function operationId(number: number): string {
  const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const encoded = (value: number, length: number) =>
    Array.from({ length }, (_, at) => digits[Math.floor(value / 32 ** (length - 1 - at)) % 32]).join('');
  return encoded(noon, 10) + encoded(number, 16);
}

export const begins = (number: number): Said => ({
  phase: 'intent',
  operation: operationId(number),
  reason: 'queue is long',
});
export const ends = (number: number): Said => ({ phase: 'outcome', operation: operationId(number) });

export function treeOf(lines: readonly string[]): Tree {
  const tree = new Tree();
  for (const line of lines) {
    tree.append(Buffer.from(hashIn(line), 'hex'));
  }
  return tree;
}

/** The checkpoint of a ledger's first entries, as an anchor holds it. */
export function noteAt(lines: readonly string[], size: number, signer: Signer, log = origin): string {
  return signedNote(checkpointText({ origin: log, size, root: treeOf(lines.slice(0, size)).root() }), signer);
}

export function held(note: string, at: number | null = null, anchor = 'vault'): HeldNote {
  return { note, anchor, at };
}

export const bytesOf = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));

export function verified(
  lines: readonly string[] | Buffer,
  evidence: Partial<Evidence> = {},
  options: { readonly chain?: boolean } = {},
): Promise<Verification> {
  return verifyStored({
    ...{ chunks: () => [Buffer.isBuffer(lines) ? lines : bytesOf(lines)], estateId, store: 'this database' },
    evidence: { ...noEvidence, ...evidence },
    ...options,
  });
}

export const faultsOf = ({ findings }: Verification) => findings.map(({ fault, seq }) => `${fault} ${seq}`);
export const noticesOf = ({ remarks }: Verification) => remarks.map(({ notice, seq }) => `${notice} ${seq}`);

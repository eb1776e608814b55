import { type Checkpoint, checkpointIn, epochOf } from './checkpoint.ts';
import { type EpochBreak, epochBreaks, wordsFor } from './epochs.ts';
import type { Evidence, HeldNote } from './evidence.ts';
import type { Fault, Finding, Notice, Remark } from './findings.ts';
import { type KeyWindow, keysFor, outsideOf } from './keys.ts';
import { noteIn, openNote } from './note.ts';
import { type InclusionProof, proofIn, proves } from './tlog-proof.ts';
import type { WalkReport } from './walk.ts';

/** A word from outside that standing the record: every entry up to `seq` is as it was then. */
export interface Anchored {
  readonly seq: number;
  readonly anchor: string;
  readonly at: number | null;
  readonly note: string;
}

export interface Judgement {
  readonly findings: readonly Finding[];
  readonly remarks: readonly Remark[];
  /** The one that reaches furthest. */
  readonly anchored: Anchored | null;
}

interface Case {
  readonly report: WalkReport;
  /** The entry after which the walk began. */
  readonly begin: number;
  readonly estateId: string;
  readonly keys: readonly KeyWindow[];
  readonly breaks: readonly EpochBreak[];
}

type Ruling =
  | { readonly is: 'good'; readonly anchored: Anchored }
  | { readonly is: 'ignored' }
  | { readonly is: 'unchecked'; readonly message: string }
  /** Nobody's word. `fits`: it says what the record says, and contradicts nothing. */
  | { readonly is: 'key'; readonly seq: number; readonly message: string; readonly fits: boolean }
  | { readonly is: 'truncated' | 'rewritten'; readonly seq: number; readonly held: HeldNote };

/** What the evidence says of the record that was walked, and which faults it shows. */
export function judgeNotes(report: WalkReport, begin: number, estateId: string, evidence: Evidence): Judgement {
  const breaks = epochBreaks(report.keeping);
  const given: Case = { report, begin, estateId, keys: keysFor(report.keeping, evidence.keys), breaks };
  const rulings = [
    ...evidence.notes.map((held) => rulingOn(held, given)),
    ...evidence.proofs.map(({ proof, anchor }) => rulingOnProof(proof, anchor, given)),
  ];
  // A word on what came before says nothing of what is here.
  const anchored = rulings
    .flatMap((ruling) => (ruling.is === 'good' && ruling.anchored.seq > begin ? [ruling.anchored] : []))
    .reduce<Anchored | null>((best, next) => (best === null || next.seq > best.seq ? next : best), null);
  return {
    findings: [...contradictions(rulings, given), ...strangers(rulings, anchored, report), ...unacknowledged(given)],
    remarks: [
      ...unchecked(rulings, report),
      ...breaks.filter(isSettled).map((found) => remark('epoch-break', found.seq, wordsFor(found), report)),
    ],
    anchored,
  };
}

const isSettled = ({ acknowledgedBy }: EpochBreak) => acknowledgedBy.length >= 2;

function rulingOn(held: HeldNote, given: Case): Ruling {
  const note = noteIn(held.note);
  const checkpoint = note === null ? null : checkpointIn(note);
  if (note === null || checkpoint === null) {
    return { is: 'unchecked', message: `what ${held.anchor} holds is no checkpoint` };
  }
  const { size } = checkpoint;
  const standing = standingOf(checkpoint, given);
  if (standing === 'lost' || standing === 'foreign' || standing === 'unknown') {
    return standing === 'foreign'
      ? { is: 'unchecked', message: `${held.anchor} holds a checkpoint of another log, ${checkpoint.origin}` }
      : { is: 'ignored' };
  }
  const opened = openNote(
    note,
    given.keys.map(({ key }) => key),
  );
  if (opened.status !== 'signed') {
    const why =
      opened.status === 'forged'
        ? `carries a signature that key ${opened.id} did not make`
        : `is signed by ${opened.ids.join(', ')}, which nobody here knows`;
    const message = `the checkpoint at entry ${size} from ${held.anchor} ${why}`;
    return { is: 'key', seq: size, message, fits: standing === 'same' && opened.status === 'unknown-key' };
  }
  if (standing !== 'same') {
    return { is: standing, seq: size, held };
  }
  const at = held.at ?? timeOf(given.report.marks.get(size)?.at);
  const outside = given.keys.filter(({ key }) => opened.by.includes(key)).map((window) => outsideOf(window, at));
  if (outside.every((why) => why !== null)) {
    const message = `the checkpoint at entry ${size} from ${held.anchor}: ${outside[0]}`;
    return { is: 'key', seq: size, message, fits: false };
  }
  return { is: 'good', anchored: { seq: size, anchor: held.anchor, at: held.at, note: held.note } };
}

/** How a checkpoint stands to the record, whoever signed it. */
function standingOf(
  { origin, size, root }: Checkpoint,
  { report, begin, estateId, breaks }: Case,
): 'same' | 'rewritten' | 'truncated' | 'lost' | 'unknown' | 'foreign' {
  const epoch = epochOf(origin, estateId);
  if (epoch === null) {
    return 'foreign';
  }
  const own = report.marks.get(size)?.root ?? null;
  if (own?.equals(root) === true) {
    return 'same';
  }
  // It speaks of the log up to the break that ended its epoch; what was lost there is named by that break.
  const ended = breaks.find(({ seq }) => seq > epoch);
  if (ended !== undefined && size > ended.kept) {
    return size <= ended.lost.to ? 'lost' : 'truncated';
  }
  if (size > report.last.seq) {
    return 'truncated';
  }
  return size < begin || own === null ? 'unknown' : 'rewritten';
}

/** An inclusion proof of one entry vouches for all before it that are here: each names its predecessor's hash. */
function rulingOnProof(text: string, anchor: string, given: Case): Ruling {
  const proof: InclusionProof | null = proofIn(text);
  const { report } = given;
  if (proof === null || epochOf(proof.checkpoint.origin, given.estateId) === null) {
    return { is: 'unchecked', message: `${anchor} is no proof about this log` };
  }
  const seq = proof.index + 1;
  const mark = report.marks.get(seq);
  if (mark === undefined) {
    return { is: 'unchecked', message: `${anchor} is about entry ${seq}, which is not here` };
  }
  const held: HeldNote = { note: proof.noteText, anchor, at: null };
  const opened = openNote(
    proof.note,
    given.keys.map(({ key }) => key),
  );
  if (opened.status !== 'signed') {
    const message = `the proof ${anchor} of entry ${seq} is signed by no key that is known here`;
    return { is: 'key', seq, message, fits: false };
  }
  return proves(proof, mark.hash)
    ? { is: 'good', anchored: { seq, anchor, at: null, note: proof.noteText } }
    : { is: 'rewritten', seq, held };
}

/** One finding for all anchors that have seen more, and one for all that have seen something else. */
function contradictions(rulings: readonly Ruling[], { report }: Case): readonly Finding[] {
  const told = (is: 'truncated' | 'rewritten') =>
    rulings.flatMap((ruling) => (ruling.is === is ? [ruling] : [])).sort((a, b) => a.seq - b.seq);
  const [gone, other] = [told('truncated').at(-1), told('rewritten')[0]];
  const found: Finding[] = [];
  if (gone !== undefined) {
    const last = report.last.seq;
    const count = gone.seq - last;
    const missing = count === 1 ? '1 entry is' : `${count} entries are`;
    const message =
      count > 0
        ? `${gone.held.anchor} has seen entry ${gone.seq}, and the record ends at entry ${last}: ${missing} gone`
        : `${gone.held.anchor} has seen entry ${gone.seq} before the record broke, and no break tells of it`;
    found.push({ ...finding('truncated', gone.seq, message, report), after: last, notes: [gone.held.note] });
  }
  if (other !== undefined) {
    const after = Math.max(
      0,
      ...rulings.flatMap((ruling) =>
        ruling.is === 'good' && ruling.anchored.seq < other.seq ? [ruling.anchored.seq] : [],
      ),
    );
    const span =
      after + 1 === other.seq ? `entry ${other.seq} is` : `among entries ${after + 1} to ${other.seq} one is`;
    const message = `${other.held.anchor} has seen something else: ${span} not what was anchored`;
    const contrary = rulings.flatMap((ruling) =>
      ruling.is === 'good' && ruling.anchored.seq >= other.seq ? [ruling.anchored.note] : [],
    );
    const notes = [other.held.note, ...contrary.slice(0, 1)];
    found.push({ ...finding('rewritten', other.seq, message, report), after, notes });
  }
  return found;
}

/** Notes that nobody known has signed, told once. Those that fit are let be where somebody known says the same. */
function strangers(rulings: readonly Ruling[], anchored: Anchored | null, report: WalkReport): readonly Finding[] {
  const keyed = rulings.flatMap((ruling) =>
    ruling.is === 'key' && !(ruling.fits && anchored !== null) ? [ruling] : [],
  );
  const [newest] = [...keyed].sort((a, b) => b.seq - a.seq);
  if (newest === undefined) {
    return [];
  }
  const more = keyed.length === 1 ? '' : `, and ${keyed.length - 1} more like it`;
  return [finding('key-epoch', newest.seq, newest.message + more, report)];
}

function unacknowledged({ breaks, report }: Case): readonly Finding[] {
  return breaks
    .filter((found) => !isSettled(found))
    .map((found) => finding('epoch', found.seq, wordsFor(found), report));
}

function unchecked(rulings: readonly Ruling[], report: WalkReport): readonly Remark[] {
  return rulings.flatMap((ruling) =>
    ruling.is === 'unchecked' ? [remark('unchecked', report.last.seq, ruling.message, report)] : [],
  );
}

export function finding(fault: Fault, seq: number, message: string, { entries, bytes }: WalkReport): Finding {
  return { fault, seq, line: entries + 1, offset: bytes, message };
}

export function remark(notice: Notice, seq: number, message: string, { entries, bytes }: WalkReport): Remark {
  return { notice, seq, line: entries + 1, offset: bytes, message };
}

function timeOf(at: string | undefined): number | null {
  const time = Date.parse(at ?? '');
  return Number.isFinite(time) ? time : null;
}

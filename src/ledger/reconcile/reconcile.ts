import type { Act, Coverage } from './act.ts';
import { type Finding, Judge } from './judge.ts';
import type { Known } from './known.ts';
import { KubernetesLog } from './kubernetes-log.ts';
import { PostgresLog } from './postgres-log.ts';
import { linesOf } from './text-lines.ts';

/** The log of one system, whole: its parts oldest first. */
export interface GivenLog {
  readonly system: Act['system'];
  /** As it is named to people. */
  readonly name: string;
  /** The cluster or server whose log it is; null where there is only one it could be. */
  readonly of: string | null;
  readonly pieces: () => AsyncIterable<Buffer>;
  /** PostgreSQL's `log_line_prefix`; null to try the usual ones. */
  readonly prefix: string | null;
}

export interface Question {
  readonly known: Known;
  readonly logs: readonly GivenLog[];
  readonly identities: readonly string[];
  /** Epoch milliseconds; null for as far as the logs go. */
  readonly since: number | null;
  readonly until: number | null;
  readonly now: number;
}

export interface Reconciliation {
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
  readonly logs: readonly Coverage[];
  /** Acts of till's with an intent. */
  readonly explained: number;
  /** Of till's, refused by the system: nothing was changed. */
  readonly refused: number;
  /** Of others. */
  readonly ignored: number;
}

/** More than anybody reads; all are counted. */
const mostFindings = 10_000;
/** Acts of people whom nothing yet ties to till are held until the log has been read. */
const mostHeld = 50_000;
/** An API server is never silent for longer. */
const quietMs = 300_000;

/** Joins the logs with the ledger, each read once and never held: what is kept is the ledger's operations and grants. */
export async function reconciled(question: Question): Promise<Reconciliation> {
  const tally = new Tally();
  const logs: Coverage[] = [];
  for (const log of question.logs) {
    logs.push(await reconciledWith(log, question, tally));
  }
  return { ...tally.told(), logs };
}

async function reconciledWith(log: GivenLog, question: Question, tally: Tally): Promise<Coverage> {
  const judge = new Judge(question);
  const held: Act[] = [];
  let dropped = 0;
  const take = (act: Act) => {
    if (
      act.at < (question.since ?? Number.NEGATIVE_INFINITY) ||
      act.at >= (question.until ?? Number.POSITIVE_INFINITY)
    ) {
      return;
    }
    const judged = judge.judge(act);
    if (judged.is !== 'stranger' || act.who.startsWith('system:')) {
      tally.add(judged, act, log);
    } else if (held.length < mostHeld) {
      held.push(act);
    } else {
      dropped += 1;
    }
  };
  const coverage = await read(log, take);
  for (const act of held) {
    tally.add(judge.isTills(act) ? judge.judge(act) : { is: 'ignored', findings: [] }, act, log);
  }
  for (const message of coverageFaults(coverage, question, dropped)) {
    tally.find({ ...message, log, at: null });
  }
  tally.unseen(question, judge.seen, coverage, log);
  return coverage;
}

async function read(log: GivenLog, take: (act: Act) => void): Promise<Coverage> {
  const span = new Covered();
  if (log.system === 'kubernetes') {
    const reader = new KubernetesLog();
    for await (const text of linesOf(log.pieces(), log.name)) {
      const line = text === '' ? null : reader.read(text);
      if (line?.is === 'event') {
        span.event(line.at);
        if (line.act !== null) {
          take(line.act);
        }
      } else if (line !== null) {
        span.unreadable += 1;
      }
    }
    for (const act of reader.rest()) {
      take(act);
    }
    return span.told(log);
  }
  const reader = new PostgresLog(log.prefix);
  for await (const text of linesOf(log.pieces(), log.name)) {
    const event = reader.read(text);
    if (event === null) {
      span.unreadable += 1;
    } else if (event !== undefined) {
      span.event(event.at);
      if (event.act !== null) {
        take(event.act);
      }
    }
  }
  return span.told(log);
}

class Covered {
  unreadable = 0;
  #first: number | null = null;
  #last: number | null = null;
  #events = 0;
  #silence = 0;

  event(at: number): void {
    this.#silence = Math.max(this.#silence, at - (this.#last ?? at));
    this.#first = Math.min(this.#first ?? at, at);
    this.#last = Math.max(this.#last ?? at, at);
    this.#events += 1;
  }

  told({ name, system }: GivenLog): Coverage {
    return {
      ...{ log: name, system, first: this.#first, last: this.#last, events: this.#events },
      ...{ unreadable: this.unreadable, longestSilence: Math.round(this.#silence / 1_000) },
    };
  }
}

type Fault = Pick<Finding, 'finding' | 'message'>;

/** What the log does not say is no pass. */
function coverageFaults(
  { first, last, unreadable }: Coverage,
  { since, until, now }: Question,
  dropped: number,
): readonly Fault[] {
  const faults: Fault[] = [];
  if (unreadable > 0) {
    faults.push({
      finding: 'unreadable',
      message: `${unreadable} lines could not be understood: what they tell is not known`,
    });
  }
  if (dropped > 0) {
    faults.push({
      finding: 'uncovered',
      message: `${dropped} acts of others were not looked at: narrow the span with --since`,
    });
  }
  if (first === null || last === null) {
    return [...faults, { finding: 'uncovered', message: 'the log is empty: it says nothing about anything' }];
  }
  if (since !== null && first - since > quietMs) {
    faults.push({ finding: 'uncovered', message: `the log begins at ${iso(first)}, and was asked from ${iso(since)}` });
  }
  const end = until === null ? null : Math.min(until, now);
  if (end !== null && end - last > quietMs) {
    faults.push({ finding: 'uncovered', message: `the log ends at ${iso(last)}, and was asked up to ${iso(end)}` });
  }
  return faults;
}

class Tally {
  readonly #findings: Finding[] = [];
  #count = 0;
  #explained = 0;
  #refused = 0;
  #ignored = 0;

  add({ is, findings }: ReturnType<Judge['judge']>, act: Act, log: GivenLog): void {
    this.#explained += is === 'explained' ? 1 : 0;
    this.#refused += is === 'refused' ? 1 : 0;
    this.#ignored += is === 'ignored' || is === 'stranger' ? 1 : 0;
    for (const found of findings) {
      const { operation, grant, who, from, what, line } = act;
      this.find({ ...found, log, at: act.at, operation, grant, who, from, what, line });
    }
  }

  find({
    log,
    at,
    ...found
  }: Fault &
    Partial<Omit<Finding, 'finding' | 'message' | 'at' | 'log'>> & { log: GivenLog; at: number | null }): void {
    this.#count += 1;
    if (this.#findings.length < mostFindings) {
      const nothing = { operation: null, grant: null, who: null, from: null, what: null, line: null };
      this.#findings.push({
        ...{ system: log.system, ...nothing, ...found },
        ...{ at: at === null ? null : new Date(at).toISOString(), log: log.name },
      });
    }
  }

  /** Intents that ended well while the log was written, and are not in it. */
  unseen({ known, since, until }: Question, seen: ReadonlySet<string>, { first, last }: Coverage, log: GivenLog): void {
    const [from, to] = [
      Math.max(first ?? Number.POSITIVE_INFINITY, since ?? 0),
      Math.min(last ?? 0, until ?? Number.POSITIVE_INFINITY),
    ];
    for (const operation of known.operations.values()) {
      const { status, systems, action, who, tenants } = operation;
      const isHere = systems.some(
        (system) =>
          system === `${log.system}:${log.of ?? ''}` || (log.of === null && system.startsWith(`${log.system}:`)),
      );
      const isOver = operation.until !== null && (status === 'ok' || status === 'applied');
      const isCovered = operation.from >= from && (operation.until ?? 0) <= to;
      if (isHere && isOver && isCovered && !seen.has(operation.operation)) {
        const message = `the ledger says that it was done${log.system === 'postgres' ? '; pgaudit is best effort' : ''}, and the log does not show it`;
        const what = `${action} on ${tenants.join(', ')}`;
        this.find({ finding: 'unseen', message, log, at: operation.from, operation: operation.operation, who, what });
      }
    }
  }

  told(): Omit<Reconciliation, 'logs'> {
    const findings = this.#findings.toSorted((a, b) => (a.at ?? '').localeCompare(b.at ?? ''));
    return {
      ...{ findings, findingsCount: this.#count },
      ...{ explained: this.#explained, refused: this.#refused, ignored: this.#ignored },
    };
  }
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

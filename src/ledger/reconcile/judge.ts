import { type Act, grantOfAccount } from './act.ts';
import type { Known, KnownGrant, KnownOperation } from './known.ts';
import { isElection, mintedFor } from './kubernetes-log.ts';

/**
 * What does not fit. `unrecorded` till's identity acted, and no intent tells of it. `unseen` an intent ended well, and the system's
 * log does not show the act. `after-end` an account of a grant was used when the grant was over, and nothing that was issued should
 * have worked any more; `residual` while something still could. `other-source` one credential came from two addresses.
 * `mint-without-grant` something was issued for a grant, and the ledger does not know it. `unreadable` lines that nobody could
 * understand; `uncovered` a span about which the log says nothing.
 */
export type FindingKind =
  | 'unrecorded'
  | 'unseen'
  | 'after-end'
  | 'residual'
  | 'other-source'
  | 'mint-without-grant'
  | 'unreadable'
  | 'uncovered';

export interface Finding {
  readonly finding: FindingKind;
  readonly system: Act['system'];
  /** RFC 3339; null where it is about no instant. */
  readonly at: string | null;
  readonly operation: string | null;
  readonly grant: string | null;
  readonly who: string | null;
  readonly from: string | null;
  readonly what: string | null;
  readonly message: string;
  readonly log: string;
  readonly line: number | null;
}

/** Two clocks, the ledger's and the system's, may differ by so much. */
const skewMs = 60_000;

export type Judged = {
  readonly is: 'explained' | 'refused' | 'found' | 'ignored' | 'stranger';
  readonly findings: readonly Pick<Finding, 'finding' | 'message'>[];
};

const noFindings: Judged['findings'] = [];

export interface JudgeOptions {
  readonly known: Known;
  /** Names by which the systems know till and its people, besides those that the ledger tells. */
  readonly identities: readonly string[];
}

/** Holds acts against what the ledger knows. */
export class Judge {
  readonly #known: Known;
  readonly #identities: Set<string>;
  readonly #credentials: ReadonlyMap<string, KnownGrant>;
  /** Where each credential came from first. */
  readonly #sources = new Map<string, string>();
  readonly seen = new Set<string>();

  constructor({ known, identities }: JudgeOptions) {
    this.#known = known;
    this.#identities = new Set([...known.identities, ...identities]);
    this.#credentials = new Map(
      [...known.grants.values()].flatMap((grant) =>
        grant.credentials.flatMap(({ jti }) => (jti === null ? [] : [[bare(jti), grant] as const])),
      ),
    );
  }

  /** Whoever did one act of till is till's identity: what else they do needs an intent as well. */
  learn({ who }: Act): void {
    this.#identities.add(who);
  }

  isTills(act: Act): boolean {
    return (
      act.grant !== null ||
      act.claimsTill ||
      this.#identities.has(act.who) ||
      (act.credential !== null && this.#credentials.has(bare(act.credential)))
    );
  }

  judge(act: Act): Judged {
    if (isElection(act)) {
      return { is: 'ignored', findings: noFindings };
    }
    const mint = act.result === 'done' ? this.#mint(act) : null;
    if (mint !== null) {
      return { is: mint.length === 0 ? 'explained' : 'found', findings: mint };
    }
    const operation = this.#known.operations.get(act.operation ?? '');
    const fits = operation !== undefined && isDuring(operation, act.at) && isAbout(operation, act);
    if (fits) {
      this.seen.add(operation.operation);
      this.learn(act);
    }
    if (!fits && !this.isTills(act)) {
      return { is: 'stranger', findings: noFindings };
    }
    if (act.result === 'refused') {
      return { is: 'refused', findings: noFindings };
    }
    const findings = [
      ...(fits || act.kind === 'use' ? [] : [unrecorded(act, operation)]),
      ...this.#ofGrant(act),
      ...this.#ofSource(act),
    ];
    return { is: findings.length === 0 ? 'explained' : 'found', findings };
  }

  /** Null when it is no mint for a grant. */
  #mint(act: Act): Judged['findings'] | null {
    const account = mintedFor(act);
    const grant = account === null ? null : grantOfAccount(account);
    if (grant === null) {
      return null;
    }
    const known = act.issued === null ? undefined : this.#credentials.get(bare(act.issued));
    if (known?.grant === grant) {
      if (act.operation !== null) {
        this.seen.add(act.operation);
      }
      return noFindings;
    }
    const message =
      this.#known.grants.get(grant) === undefined
        ? `a token was issued for the account of grant ${grant}, which the ledger does not know`
        : `a token was issued for grant ${grant}, and the ledger does not name it: somebody may hold it`;
    return [{ finding: 'mint-without-grant', message }];
  }

  #ofGrant({ grant, at }: Act): Judged['findings'] {
    if (grant === null) {
      return noFindings;
    }
    const known = this.#known.grants.get(grant);
    if (known === undefined) {
      return [
        { finding: 'unrecorded', message: `the account was made for grant ${grant}, which the ledger does not know` },
      ];
    }
    const { until, residualUntil, from } = known;
    if (until === null || from === null) {
      return [{ finding: 'unrecorded', message: `grant ${grant} was never active, and its account was used` }];
    }
    if (at <= until + 1_000) {
      return noFindings;
    }
    const late = `${Math.round((at - until) / 1_000)} s after grant ${grant} of ${known.subject} was over`;
    return residualUntil !== null && at <= residualUntil
      ? [{ finding: 'residual', message: `${late}; what was issued could work until ${iso(residualUntil)}` }]
      : [{ finding: 'after-end', message: `${late}, when nothing that was issued should have worked` }];
  }

  #ofSource({ credential, from }: Act): Judged['findings'] {
    const grant = credential === null ? undefined : this.#credentials.get(bare(credential));
    if (credential === null || from === null || grant === undefined) {
      return noFindings;
    }
    const first = this.#sources.get(credential) ?? from;
    this.#sources.set(credential, first);
    return first === from
      ? noFindings
      : [
          {
            finding: 'other-source',
            message: `the credential of grant ${grant.grant} of ${grant.subject} came from ${first} before, and now from ${from}`,
          },
        ];
  }
}

function unrecorded({ operation, at }: Act, known: KnownOperation | undefined): Judged['findings'][number] {
  if (known !== undefined) {
    const late = at < known.from ? 'had not begun' : `was over since ${iso(known.until ?? at)}`;
    const why = isDuring(known, at) ? `is about ${known.namespaces.join(', ')}` : late;
    return {
      finding: 'unrecorded',
      message: `it carries the id of operation ${known.operation} (${known.action} by ${known.who}), which ${why}`,
    };
  }
  return {
    finding: 'unrecorded',
    message:
      operation === null
        ? 'till’s identity acted without naming an operation: no intent was recorded for it'
        : `it names operation ${operation}, which the ledger does not know`,
  };
}

/** An open operation may still act. */
function isDuring({ from, until }: KnownOperation, at: number): boolean {
  return at >= from - skewMs && (until === null || at <= until + skewMs);
}

/** Anybody may send anybody's id: what an operation did is where its plan said. Its own Job is where the executor is. */
function isAbout({ namespaces, operation }: KnownOperation, { namespace, what }: Act): boolean {
  const isItsJob = /^(?:create|delete) jobs(?:\/till-([0-9a-z]{26}))?(?: in |$)/.exec(what);
  const isOwn = isItsJob !== null && (isItsJob[1] ?? operation.toLowerCase()) === operation.toLowerCase();
  return isOwn || namespaces.length === 0 || namespace === null || namespaces.includes(namespace);
}

/** `JTI=…` in the server's log, bare in a token. */
function bare(credential: string): string {
  return credential.replace(/^JTI=/, '');
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

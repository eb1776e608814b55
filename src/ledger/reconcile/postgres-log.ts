import { type Act, grantOfAccount, operationIn } from './act.ts';
import { CsvRecords } from './csv-records.ts';
import { LinePrefix, usualPrefixes } from './line-prefix.ts';

export interface PostgresEvent {
  readonly at: number;
  readonly act: Act | null;
}

/** `null`: not understood; an event whose `act` is null tells of nothing done. */
export type PostgresLine = PostgresEvent | null;

/** Columns of csvlog (PostgreSQL: Using CSV-Format Log Output). */
const column = { time: 0, user: 1, client: 4, message: 13, application: 22 } as const;

/** What changes something, or may: a function can do anything its owner may. */
const acting: ReadonlySet<string> = new Set(['WRITE', 'DDL', 'ROLE', 'FUNCTION']);

/**
 * Reads PostgreSQL's log as pgaudit writes into it, csvlog or stderr. pgaudit is best effort by its own words, and a superuser
 * gets around it: what it tells was done; what it does not tell may have been done all the same (facts: access-audit.md §2.1).
 */
export class PostgresLog {
  readonly #csv = new CsvRecords();
  readonly #prefix: LinePrefix;
  #isCsv: boolean | null;
  #line = 0;

  constructor(prefix: string | null) {
    this.#prefix = new LinePrefix(prefix === null ? usualPrefixes : [prefix]);
    this.#isCsv = prefix === null ? null : false;
  }

  /** The event that ends with this line; undefined where one goes on, or goes on from the line before. */
  read(text: string): PostgresLine | undefined {
    this.#line += 1;
    if (text === '' && !this.#csv.isOpen) {
      return undefined;
    }
    this.#isCsv ??= /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,]+,/.test(text);
    return this.#isCsv ? this.#fromCsv(text) : this.#fromText(text);
  }

  #fromCsv(text: string): PostgresLine | undefined {
    const record = this.#csv.line(text);
    if (record === null) {
      return undefined;
    }
    const at = timeIn(record[column.time] ?? '');
    if (at === null || record.length < 23) {
      return null;
    }
    const [user, application] = [record[column.user] ?? '', record[column.application] ?? ''];
    const host = (record[column.client] ?? '').replace(/:\d+$/, '') || null;
    return { at, act: this.#actIn(record[column.message] ?? '', at, user, application, host) };
  }

  /** A message goes on in lines that begin with a tab. */
  #fromText(text: string): PostgresLine | undefined {
    if (text.startsWith('\t')) {
      return undefined;
    }
    const prefixed = this.#prefix.read(text);
    const at = timeIn(prefixed?.time ?? '');
    if (prefixed === null || at === null) {
      return null;
    }
    const { user, application, host, message } = prefixed;
    return { at, act: this.#actIn(message, at, user ?? '', application ?? '', host === '' ? null : host) };
  }

  #actIn(message: string, at: number, user: string, application: string, from: string | null): Act | null {
    const told = auditIn(message) ?? loginIn(message);
    if (told === null) {
      return null;
    }
    const app = told.application ?? application;
    const [, operation] = /^till\/([0-9A-Za-z]{26})$/.exec(app) ?? [];
    const who = told.user ?? user;
    return {
      ...{
        system: 'postgres',
        kind: told.kind,
        at,
        who,
        from,
        line: this.#line,
        credential: null,
        issued: null,
        namespace: null,
      },
      ...{ operation: operationIn(operation), grant: grantOfAccount(who) },
      ...{ what: told.what, result: 'done', claimsTill: operation !== undefined },
    };
  }
}

interface Told {
  readonly kind: Act['kind'];
  readonly what: string;
  readonly user?: string;
  readonly application?: string;
}

/** `AUDIT: SESSION,1,1,WRITE,UPDATE,TABLE,public.x,"UPDATE …",<none>`: the statement itself is not repeated, since it may hold anything. */
function auditIn(message: string): Told | null {
  if (!message.startsWith('AUDIT: ')) {
    return null;
  }
  const [kind = '', , , group = '', command = '', , object = ''] =
    new CsvRecords().line(message.slice('AUDIT: '.length).replaceAll('\n', ' ')) ??
    message.slice('AUDIT: '.length).split(',');
  const isTermination = /pg_(?:cancel|terminate)_backend/.test(message);
  if (!(kind === 'SESSION' || kind === 'OBJECT') || !(acting.has(group) || isTermination)) {
    return null;
  }
  return {
    kind: 'write',
    what: [command.toLowerCase() || group.toLowerCase(), object].filter((part) => part !== '').join(' '),
  };
}

/** `log_connections`: that an account made for a grant was let in is an act of its own. */
function loginIn(message: string): Told | null {
  const [, user] = /^connection authorized: user=(\S+)/.exec(message) ?? [];
  const [, application] = / application_name=(\S+)/.exec(message) ?? [];
  return user === undefined || grantOfAccount(user) === null
    ? null
    : { kind: 'use', what: 'log in', user, ...(application === undefined ? {} : { application }) };
}

function timeIn(text: string): number | null {
  const [, day = '', time = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(\S*)$/.exec(text) ?? [];
  const offset = zone === 'UTC' || zone === 'GMT' || zone === 'Z' ? 'Z' : zone;
  const at = Date.parse(`${day}T${time}${offset}`);
  return Number.isFinite(at) && offset !== '' ? at : null;
}

/**
 * What is made harmless in a copy of a live database, one file a concern (facts: odoo.md §4.2). A rule names a table and what to set
 * there. Tables and columns that a database lacks are passed over, so that one list serves Odoo 15 to 19 with any modules.
 */
export interface Rule {
  /** A table of the schema `public`; or a pattern that several match. */
  readonly table: string | { readonly like: string };
  /** SQL on the row `t`; all rows when left out. */
  readonly where?: string;
  /** Columns without which the rule means nothing: those that `where` names. */
  readonly needs?: readonly string[];
  /** New values by column, as SQL. A column that does not exist, or cannot take NULL, is left alone. */
  readonly set?: Readonly<Record<string, string>>;
  /** The same for each column that a regular expression finds, among those of one kind of type. */
  readonly setLike?: {
    readonly columns: string;
    readonly type: 'text' | 'boolean';
    readonly to: string;
    /** For a column that must have a value. */
    readonly instead?: string;
  };
  /** Counted under this word, and not brought back when the copy goes live: what waited then must not be sent now. */
  readonly ends?: string;
}

/** A row that only the copy has, and that goes again when it goes live. */
export interface AddedRow {
  readonly table: string;
  /** Values by column, as SQL. Columns that do not exist are left out. */
  readonly values: Readonly<Record<string, string>>;
  /** SQL on the row `t`: a row that is there already is kept as it is. */
  readonly unless: string;
}

export interface Concern {
  /** A word of it: `mail`. */
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly adds?: readonly AddedRow[];
}

/** Columns that hold what opens somebody else's door. */
export const secretColumns =
  '(secret|password|passwd|_key$|_key_|apikey|api_key|token|credential|authorization_code|signature|merchant|client_id|account_sid|webhook)';

/** Never resolves (RFC 2606). */
export const nowhere = 'neutralised.invalid';

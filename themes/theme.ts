/** What a piece of the screen means. Views name these and never a colour. */
export type Token =
  | 'text'
  | 'text.secondary'
  | 'text.strong'
  | 'text.title'
  | 'status.ok'
  | 'status.warn'
  | 'status.critical'
  | 'status.unknown'
  | 'mode.readOnly'
  | 'mode.readWrite'
  /** More is possible than usual, for a while. */
  | 'mode.elevated'
  | 'freeze'
  | 'incident'
  | 'border'
  | 'key'
  | 'mark'
  | 'orders'
  | 'match'
  | 'error'
  /** Laid under a whole row: the one the cursor is on. */
  | 'row.selected';

/**
 * SGR parameters for each token, such as `1;31`; empty for the terminal's own. The sixteen colours follow the user's own
 * palette and take five bytes on the wire, where true colour takes nineteen (facts: terminal.md §2.4).
 */
export interface Theme {
  readonly name: string;
  readonly title: string;
  readonly styles: Readonly<Record<Token, string>>;
}

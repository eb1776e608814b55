import type { Token } from './theme.ts';

/** A state as one cell, a word and a colour: any one of the three tells it. */
export interface Sign {
  readonly glyph: string;
  readonly word: string;
  readonly token: Token;
}

export const gradeSigns = {
  critical: { glyph: '✖', word: 'critical', token: 'status.critical' },
  warn: { glyph: '▲', word: 'warn', token: 'status.warn' },
  ok: { glyph: '●', word: 'ok', token: 'status.ok' },
  unknown: { glyph: '?', word: 'unknown', token: 'status.unknown' },
} as const satisfies Readonly<Record<string, Sign>>;

/** Why a thing is not known. The four that need different help never look alike, nor like empty or green. */
export const unknownSigns = {
  loading: { glyph: '…', word: 'loading', token: 'text.secondary' },
  forbidden: { glyph: '⊘', word: 'forbidden', token: 'status.unknown' },
  unreachable: { glyph: '?', word: 'unreachable', token: 'status.unknown' },
  stale: { glyph: '~', word: 'stale', token: 'status.unknown' },
  unsupported: { glyph: '○', word: 'unsupported', token: 'text.secondary' },
  'no-baseline': { glyph: '○', word: 'no baseline', token: 'text.secondary' },
  'not-probed': { glyph: '○', word: 'not probed', token: 'text.secondary' },
} as const satisfies Readonly<Record<string, Sign>>;

/** A layer with no signal that applies. */
export const absent = { glyph: '·', word: 'none', token: 'text.secondary' } as const satisfies Sign;

/** The sign of a grade, or of the reason where it is unknown. */
export function signOf(grade: keyof typeof gradeSigns, reason: keyof typeof unknownSigns | null = null): Sign {
  return grade === 'unknown' && reason !== null ? unknownSigns[reason] : gradeSigns[grade];
}

/** How far an operation is, or how it ended. */
export const operationSigns = {
  running: { glyph: '»', word: 'running', token: 'match' },
  stalled: { glyph: '~', word: 'stalled', token: 'status.warn' },
  lapsed: { glyph: '~', word: 'lapsed', token: 'status.warn' },
  ok: { glyph: '●', word: 'ok', token: 'status.ok' },
  applied: { glyph: '●', word: 'applied', token: 'status.ok' },
  failed: { glyph: '✖', word: 'failed', token: 'status.critical' },
  unknown: { glyph: '?', word: 'unknown', token: 'status.unknown' },
  refused: { glyph: '⊘', word: 'refused', token: 'status.warn' },
  absent: { glyph: '○', word: 'absent', token: 'text.secondary' },
  indeterminate: { glyph: '?', word: 'indeterminate', token: 'status.unknown' },
} as const satisfies Readonly<Record<string, Sign>>;

/** Where a request or a grant stands. */
export const grantSigns = {
  pending: { glyph: '◇', word: 'pending', token: 'status.warn' },
  approved: { glyph: '◆', word: 'approved', token: 'status.warn' },
  active: { glyph: '●', word: 'active', token: 'status.ok' },
  denied: { glyph: '⊘', word: 'denied', token: 'status.warn' },
  withdrawn: { glyph: '○', word: 'withdrawn', token: 'text.secondary' },
  lapsed: { glyph: '○', word: 'lapsed', token: 'text.secondary' },
  ended: { glyph: '○', word: 'ended', token: 'text.secondary' },
  revoked: { glyph: '⊘', word: 'revoked', token: 'status.warn' },
  expired: { glyph: '○', word: 'expired', token: 'text.secondary' },
  failed: { glyph: '✖', word: 'failed', token: 'status.critical' },
} as const satisfies Readonly<Record<string, Sign>>;

export const marks = {
  forMe: '→',
  breakGlass: '!',
  running: '»',
  frozen: '‖',
  incident: '!',
  cursor: '▸',
  marked: '•',
  up: '▲',
  down: '▼',
} as const;

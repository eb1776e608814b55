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

/** Whether what could be brought back is as new as the tier promises. */
export const backupSigns = {
  late: { glyph: '✖', word: 'late', token: 'status.critical' },
  owed: { glyph: '▲', word: 'owed', token: 'status.warn' },
  met: { glyph: '●', word: 'met', token: 'status.ok' },
  unknown: { glyph: '?', word: 'unknown', token: 'status.unknown' },
  loading: { glyph: '…', word: 'loading', token: 'text.secondary' },
  none: { glyph: '·', word: 'no RPO', token: 'text.secondary' },
} as const satisfies Readonly<Record<string, Sign>>;

/** How well a backup is proven, or why it is of no use. */
export const proofSigns = {
  recorded: { glyph: '○', word: 'recorded', token: 'text.secondary' },
  'read back': { glyph: '◇', word: 'read back', token: 'text' },
  restored: { glyph: '◆', word: 'restored', token: 'status.ok' },
  served: { glyph: '●', word: 'served', token: 'status.ok' },
  damaged: { glyph: '✖', word: 'damaged', token: 'status.critical' },
  failed: { glyph: '✖', word: 'failed', token: 'status.critical' },
  running: { glyph: '»', word: 'running', token: 'match' },
  /** Somebody else’s, of which till has seen a record and nothing more. */
  theirs: { glyph: '·', word: 'not ours', token: 'text.secondary' },
} as const satisfies Readonly<Record<string, Sign>>;

/** Databases that restores have made, and what they wait for. */
export const remainsSigns = {
  restored: { glyph: '+', word: 'to swap in', token: 'match' },
  kept: { glyph: '-', word: 'kept', token: 'text.secondary' },
  scratch: { glyph: '~', word: 'left over', token: 'status.warn' },
} as const satisfies Readonly<Record<string, Sign>>;

export const marks = {
  backupLate: '▽',
  proofOld: '◇',
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

import { exitCodes, TillError } from '#text/till-error.ts';

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const readOnly = new Set(['EROFS', 'EACCES', 'EPERM']);

/** What the file system said, as something that a person can act on. Nothing was recorded, so nothing may be done. An
 * error of another origin is left as it is. */
export function storeError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof TillError || code === '') {
    return error;
  }
  const fields = { exit: exitCodes.unreachable, target: path, cause: error };
  if (full.has(code)) {
    return new TillError('the ledger could not be written: no space is left', {
      ...fields,
      reason: 'ledger-full',
      next: 'make room where the ledger lives; nothing was done and nothing was recorded',
      retryable: true,
    });
  }
  if (readOnly.has(code)) {
    return new TillError('the ledger could not be written: its folder or file is read-only for this user', {
      ...fields,
      reason: 'ledger-read-only',
      next: 'let this user write there, or set XDG_STATE_HOME to a folder where it may',
    });
  }
  if (code === 'ELOOP') {
    return new TillError('the ledger is a symbolic link', {
      ...fields,
      reason: 'ledger-is-a-link',
      next: 'put the file itself there: a link can be pointed elsewhere while it is in use',
    });
  }
  return new TillError(`the ledger could not be used: ${code}`, {
    ...fields,
    reason: 'ledger-unusable',
    next: 'look at the disk and the folder; `till audit verify --chain` tells what is there',
    retryable: true,
  });
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

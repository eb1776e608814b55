import { describe, expect, it } from 'vitest';
import type { Mail } from '#health/queries/mail.ts';
import { signal } from '#health/signals/mail-failed.ts';
import { says } from './makers.ts';

const mail = (fields: Partial<Mail> = {}): Mail => ({
  failed: 0,
  failedFor: null,
  outgoing: 0,
  oldestOutgoingSeconds: null,
  ...fields,
});

describe('mail-failed', () => {
  it('grades what was given up in a day', () => {
    expect(says(signal, mail())).toBe('ok: no mail failed in a day');
    expect(says(signal, mail({ failed: 4 }))).toBe('ok: 4 mails failed in a day');
    expect(says(signal, mail({ failed: 5, failedFor: 'mail_smtp' }))).toBe(
      'warn: 5 mails failed in a day, most for mail_smtp',
    );
    expect(says(signal, mail({ failed: 100 }))).toMatch(/^critical/);
  });

  it('warns when nothing sends, and not of the hour that Odoo takes', () => {
    expect(says(signal, mail({ outgoing: 40, oldestOutgoingSeconds: 3900 }))).toBe(
      'ok: 40 mails waiting, oldest 1h05m',
    );
    expect(says(signal, mail({ outgoing: 40, oldestOutgoingSeconds: 10_800 }))).toBe(
      'warn: 40 mails waiting, oldest 3h00m',
    );
  });
});

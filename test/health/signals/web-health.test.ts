import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/web-health.ts';
import { says } from './makers.ts';

const answer = (status: number, body = '{"status": "pass"}', milliseconds = 12) => ({
  status,
  milliseconds,
  location: null,
  body,
});

describe('web-health', () => {
  it('says that a process lives, and no more', () => {
    expect(says(signal, answer(200))).toBe('ok: a web process answers in 12 ms');
    expect(says(signal, answer(200, '', 1000))).toBe('warn: a web process answers in 1000 ms');
  });

  it('is critical when the process says so, or none takes the question', () => {
    expect(says(signal, answer(200, '{"status": "fail"}'))).toBe('critical: /web/health says fail');
    expect(says(signal, answer(502))).toBe('critical: /web/health answers 502: no web process takes it');
  });

  it('is unknown where Odoo has no such page', () => {
    expect(says(signal, answer(404))).toBe(
      'unknown: /web/health answers 404: no route for this Host, or an Odoo older than 15',
    );
    expect(says(signal, { ...answer(308), location: 'https://x/' })).toBe(
      'unknown: /web/health answers 308 to https://x/',
    );
  });

  it('wakes nobody', () => {
    expect(signal.from === 'front' && signal.probe.wakes).toBe(false);
  });
});

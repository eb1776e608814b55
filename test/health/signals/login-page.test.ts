import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/login-page.ts';
import type { HttpAnswer } from '#systems/odoo/front.ts';
import { reading, says } from './makers.ts';

const answer = (status: number, fields: Partial<HttpAnswer> = {}): HttpAnswer => ({
  status,
  milliseconds: 84.4,
  location: null,
  body: '',
  ...fields,
});

describe('login-page', () => {
  it('is well when the tenant’s own page comes, in time', () => {
    expect(says(signal, answer(200))).toBe('ok: /web/login answers in 84 ms');
    expect(says(signal, answer(200, { milliseconds: 2000 }))).toBe('warn: /web/login answers in 2.0 s');
    expect(says(signal, answer(200, { milliseconds: 8000 }))).toBe('critical: /web/login answers in 8.0 s');
  });

  it('knows a dead tenant database by its redirect or 404, which are not errors to anybody else', () => {
    expect(says(signal, answer(303, { location: '/web/database/selector' }))).toBe(
      'critical: /web/login answers 303 to /web/database/selector: Odoo cannot open this database',
    );
    expect(says(signal, answer(404))).toBe(
      'critical: /web/login answers 404: no route for this Host, or Odoo does not know its database',
    );
  });

  it('knows a front without pods from an Odoo that fails', () => {
    expect(says(signal, answer(503))).toBe('critical: /web/login answers 503: no pod behind the front takes it');
    expect(says(signal, answer(500))).toBe('critical: /web/login answers 500');
  });

  it('does not judge Odoo by what stands before it', () => {
    expect(reading(signal, answer(301, { location: 'https://harbour-shoes.example.com/web/login' }))).toMatchObject({
      grade: 'unknown',
      reason: 'unsupported',
    });
    expect(reading(signal, answer(401))).toMatchObject({ grade: 'unknown', reason: 'forbidden' });
    expect(reading(signal, answer(429))).toMatchObject({ grade: 'unknown', reason: 'not-probed' });
  });

  it('is critical for any other page, and shows where it leads without its escape sequences', () => {
    expect(says(signal, answer(302, { location: '/\u001b[31mmaintenance' }))).toBe(
      'critical: /web/login answers 302 to /maintenance: not the login page',
    );
  });

  it('is asked with the tenant’s Host, and wakes', async () => {
    const asked: string[] = [];
    const front = { get: async (host: string, path: string) => asked.push(`${host}${path}`) } as never;
    if (signal.from !== 'front') {
      throw new Error('not a front signal');
    }
    await signal.probe.ask(front, { host: 'harbour-shoes.example.com' } as never, 10_000);
    expect(asked).toEqual(['harbour-shoes.example.com/web/login']);
    expect(signal.probe.wakes).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/websocket.ts';
import { says } from './makers.ts';

/** What a front answers to each path, `UPGRADE` before those of a handshake; 404 to all others. */
async function of(answers: Readonly<Record<string, number>>): Promise<string | null> {
  if (signal.from !== 'front') {
    throw new Error('not a front signal');
  }
  const reply = async (path: string) => ({ status: answers[path] ?? 404, milliseconds: 20, location: null, body: '' });
  const front = {
    get: (_: string, path: string) => reply(path),
    upgrade: (_: string, path: string) => reply(`UPGRADE ${path}`),
  };
  return says(signal, await signal.probe.ask(front as never, { host: 'x' } as never, 6000));
}

describe('websocket', () => {
  it('is well when a handshake opens', async () => {
    expect(await of({ '/websocket/health': 200, 'UPGRADE /websocket': 101 })).toBe('ok: websocket answers in 20 ms');
  });

  it('asks the long polling of 15 where there is no websocket', async () => {
    expect(await of({ '/longpolling/health': 200 })).toBe('ok: longpolling answers in 20 ms');
  });

  it('knows a handshake that reaches the wrong port', async () => {
    expect(await of({ '/websocket/health': 200, 'UPGRADE /websocket': 500 })).toBe(
      'warn: the WebSocket handshake answers 500: /websocket must lead to the gevent port (8072)',
    );
  });

  it('warns when neither is there, or the bus fails', async () => {
    expect(await of({})).toBe(
      'warn: neither /websocket nor /longpolling is there: not routed, or the database is gone',
    );
    expect(await of({ '/websocket/health': 502 })).toBe('warn: /websocket/health answers 502');
  });
});

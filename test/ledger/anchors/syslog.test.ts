import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SyslogAnchor } from '#ledger/anchors/syslog.ts';
import { createAuthority } from '#sandbox/kubernetes/access/certificates.ts';
import { checkpoint, noon, origin } from './world.ts';

/** A log server that keeps what it is sent. */
async function listener(tls: { readonly key: string; readonly cert: string } | null = null) {
  const received: string[] = [];
  const server = tls === null ? createServer() : createTlsServer(tls);
  server.on(tls === null ? 'connection' : 'secureConnection', (socket) => {
    socket.on('data', (data: Buffer) => received.push(data.toString('utf8')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, text: () => received.join('') };
}

describe('a log server', () => {
  it('is sent one line of RFC 5424, its length before it, with the whole note in it', async () => {
    const { port, text } = await listener();
    const anchor = new SyslogAnchor('log', { host: '127.0.0.1', port, protocol: 'tcp', ca: null });
    expect(await anchor.put(checkpoint(37))).toBe(`tcp://127.0.0.1:${port}`);
    const [, length, line = ''] = /^(\d+) (<109>1 .*)$/s.exec(text()) ?? [];
    expect(Buffer.byteLength(line)).toBe(Number(length));
    const { time, note = '' } =
      /^<109>1 (?<time>\S+) \S+ till \d+ checkpoint \[till@32473 origin="(?<origin>[^"]+)" size="37" note="(?<note>[^"]+)"\] /.exec(
        line,
      )?.groups ?? {};
    expect(time).toBe(new Date(noon + 37_000).toISOString());
    expect(line).toContain(`origin="${origin}"`);
    expect(Buffer.from(note, 'base64').toString()).toBe(checkpoint(37).note);
  });

  it('is sent the same over TLS, to nobody whose name is not certified', async () => {
    const authority = createAuthority('log test', Date.now());
    const { pem, keyPem } = authority.issue({ commonName: 'log', use: 'server', addresses: ['127.0.0.1'] });
    const { port, text } = await listener({ key: keyPem, cert: pem });
    const anchor = (ca: string | null) => new SyslogAnchor('log', { host: '127.0.0.1', port, protocol: 'tls', ca });
    await anchor(authority.pem).put(checkpoint(37));
    expect(text()).toContain('size="37"');
    await expect(anchor(null).put(checkpoint(38))).rejects.toThrow(/certificate/);
    expect(text()).not.toContain('size="38"');
  });

  it('is sent one datagram over UDP, of which nobody knows whether it arrived', async () => {
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const arrived = once(socket, 'message');
    const anchor = new SyslogAnchor('log', {
      host: '127.0.0.1',
      port: socket.address().port,
      protocol: 'udp',
      ca: null,
    });
    await anchor.put(checkpoint(37));
    const [message] = await arrived;
    expect(String(message)).toMatch(/^<109>1 .* size="37" /);
    expect(await anchor.weakness()).toBe('UDP: nobody knows whether it arrived');
  });

  it('cannot be read back, and says when nobody listens', async () => {
    const anchor = new SyslogAnchor('log', { host: '127.0.0.1', port: 1, protocol: 'tcp', ca: null });
    expect(await anchor.read()).toBeNull();
    await expect(anchor.put(checkpoint(1))).rejects.toThrow('ECONNREFUSED');
  });
});

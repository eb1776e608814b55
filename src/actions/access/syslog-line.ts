import { connect } from 'node:net';
import { hostname } from 'node:os';
import { clean } from '#text/clean.ts';

/** Facility `log audit`, severity `alert` (RFC 5424 §6.2.1). */
const priority = 13 * 8 + 1;

/** One message over TCP, framed by its length (RFC 6587 §3.4.1); resolves when the other side has been given all of it. */
export async function sendSyslog(address: string, words: string, timeoutMs: number): Promise<void> {
  const colon = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))];
  const at = new Date().toISOString();
  const message = Buffer.from(`<${priority}>1 ${at} ${hostname()} till ${process.pid} break-glass - ${clean(words)}`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port });
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer in time')));
  socket.on('error', reject);
  socket.on('close', () => resolve());
  socket.on('connect', () => socket.end(Buffer.concat([Buffer.from(`${message.length} `), message])));
  await promise;
}

import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';

/** The kubelet's end of a port-forward over a WebSocket: just enough of RFC 6455 and of `v4.channel.k8s.io`. */
export interface Tunnel {
  /** Bytes on a channel: 0 carries data, 1 an error in words. */
  send(channel: number, bytes: Uint8Array): void;
  close(): void;
}

interface Heard {
  data(bytes: Buffer, tunnel: Tunnel): void;
  end?(): void;
}

export function acceptTunnel(key: string, port: number, stream: Duplex, heard: Heard): Tunnel {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Protocol: v4.channel.k8s.io'];
  stream.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  stream.on('error', () => undefined);
  const tunnel: Tunnel = {
    send: (channel, bytes) => void stream.write(frame(0x2, Buffer.concat([Buffer.of(channel), bytes]))),
    close: () => stream.end(frame(0x8, Buffer.of(0x03, 0xe8))),
  };
  for (const channel of [0, 1]) {
    tunnel.send(channel, Buffer.of(port & 0xff, port >> 8));
  }
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let found = unframe(rest); found !== null; found = unframe(rest)) {
      rest = rest.subarray(found.size);
      if (found.opcode === 0x8) {
        heard.end?.();
        stream.end();
      } else if (found.payload[0] === 0) {
        heard.data(found.payload.subarray(1), tunnel);
      }
    }
  });
  stream.on('close', () => heard.end?.());
  return tunnel;
}

function frame(opcode: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = payload.length < 126 ? payload.length : payload.length < 65_536 ? 126 : 127;
  if (head.length === 4) {
    head.writeUInt16BE(payload.length, 2);
  } else if (head.length === 10) {
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  return Buffer.concat([head, payload]);
}

/** The first masked frame, when all of it is there. */
function unframe(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer; readonly size: number } | null {
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start + 4) {
    return null;
  }
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const size = start + 4 + length;
  if (bytes.length < size) {
    return null;
  }
  const mask = bytes.subarray(start, start + 4);
  const payload = Buffer.from(bytes.subarray(start + 4, size)).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return { opcode: (bytes[0] ?? 0) & 0xf, payload: Buffer.from(payload), size };
}

import { randomUUID } from 'node:crypto';
import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { AuditRecord } from '../access/audit-record.ts';
import type { Pod } from '../shapes.ts';
import type { Api } from './api.ts';
import { badRequest, forbidden, Refusal, type Status } from './status.ts';
import { targetOf } from './target.ts';
import { acceptTunnel } from './tunnel.ts';
import { existing } from './write.ts';

type Behind = (pod: Pod, port: number) => Promise<number | undefined>;

/**
 * `GET pods/NAME/portforward?ports=N` as a WebSocket of `v4.channel.k8s.io`: leads to what listens behind the pod. Whoever asks is
 * judged as for any request, before it is said what exists.
 */
export function forwardPort(api: Api, request: IncomingMessage, socket: Duplex, behind: Behind): void {
  socket.on('error', () => socket.destroy());
  lead(api, request, socket, behind).catch((error: unknown) => {
    const status = error instanceof Refusal ? error.status : new Refusal(500, 'InternalError', String(error)).status;
    refuse(socket, status);
  });
}

async function lead(api: Api, request: IncomingMessage, socket: Duplex, behind: Behind): Promise<void> {
  const url = URL.parse(`https://kubernetes${request.url ?? '/'}`);
  const target = url === null ? undefined : targetOf(url.pathname);
  const key = request.headers['sec-websocket-key'];
  const port = Number(url?.searchParams.get('ports'));
  if (target?.resource !== 'pods' || target.subresource !== 'portforward' || key === undefined || !(port > 0)) {
    throw badRequest('Upgrade request required');
  }
  const who = api.authenticator.identify(request);
  const asked = { verb: 'get', ...target };
  const id = String(request.headers['audit-id'] ?? randomUUID());
  // Never sent: what the audit log sees of an answer that is written to the socket itself.
  const response = new ServerResponse(request);
  socket.once('close', () => response.emit('close'));
  const audit = new AuditRecord(api.audit, api.clock, { request, response }, { id, verb: 'get', target });
  audit.received(who, true);
  const allowing = api.authorizer.allowing(who, asked);
  audit.decided(allowing?.source);
  if (allowing === undefined) {
    const refusal = forbidden({ user: who.name, ...asked });
    audit.answered(refusal.status);
    response.writeHead(refusal.code);
    throw refusal;
  }
  const kind = api.store.kinds.at(target.group, target.version, target.resource);
  if (kind === undefined) {
    throw badRequest('no pods');
  }
  const pod = existing(api.store, kind, target) as unknown as Pod;
  response.writeHead(101);
  const local = await behind(pod, port);
  if (local === undefined) {
    const tunnel = acceptTunnel(key, port, socket, { data: () => undefined });
    tunnel.send(1, Buffer.from(`error forwarding port ${port} to pod ${pod.metadata.uid}: connection refused`));
    return;
  }
  const end = connect(local, '127.0.0.1');
  const tunnel = acceptTunnel(key, port, socket, {
    data: (bytes) => void end.write(bytes),
    end: () => end.destroy(),
  });
  end.on('data', (bytes) => tunnel.send(0, bytes));
  end.on('close', () => tunnel.close());
  end.on('error', () => tunnel.close());
}

function refuse(socket: Duplex, status: Status): void {
  const body = JSON.stringify(status);
  const code = status.code ?? 500;
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Health {
  readonly port: number;
  close(): Promise<void>;
}

/** `/healthz`: 200 while the agent makes its rounds or waits for the Lease, 503 once it has gone silent. */
export async function answerHealth(
  { host, port }: { readonly host: string; readonly port: number },
  told: () => { readonly isWell: boolean; readonly words: string },
): Promise<Health> {
  const server = createServer((request, response) => {
    const isAsked = request.url === '/healthz' && (request.method === 'GET' || request.method === 'HEAD');
    const { isWell, words } = told();
    response.writeHead(isAsked ? (isWell ? 200 : 503) : 404, { 'content-type': 'text/plain' });
    response.end(isAsked ? `${words}\n` : '');
  });
  server.requestTimeout = 5_000;
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

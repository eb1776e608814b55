import { createServer } from 'node:net';

/** A port on 127.0.0.1 that was free a moment ago. Somebody may be quicker: whoever uses it tries again then. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

export const portIsTaken = /address already in use|EADDRINUSE|could not create any TCP\/IP sockets/i;

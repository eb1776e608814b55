import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveTo, serverAccount } from '#sandbox/servers/account.ts';
import { newServerFolder } from '#sandbox/servers/folders.ts';
import { guarded } from '#sandbox/servers/guard.ts';
import { freePort } from '#sandbox/servers/port.ts';
import { redisBinary } from '#sandbox/servers/redis-binary.ts';
import type { TestRedis } from '../../servers.ts';

/** A real sentinel that watches this master under the name of `shop`. */
export async function startSentinel(master: TestRedis): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const account = serverAccount();
  const binary = await redisBinary(account, () => undefined);
  const folder = await newServerFolder(account);
  const port = await freePort();
  const configuration = join(folder, 'sentinel.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder}`,
    `sentinel monitor shop ${master.host} ${master.port} 1`,
    `sentinel auth-pass shop ${master.password}`,
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`, { mode: 0o600 });
  await giveTo(account, configuration);
  const server = guarded({
    command: [binary.path, configuration, '--sentinel'],
    env: { ...binary.env, LC_ALL: 'C' },
    account,
    folder,
    stopSignal: 'TERM',
  });
  if (!(await server.says(/\+monitor master shop/))) {
    throw new Error(`the sentinel does not start: ${server.lastLines.at(-1)}`);
  }
  return { port, stop: () => server.stop() };
}

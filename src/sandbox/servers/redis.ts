import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { giveTo, serverAccount } from './account.ts';
import { newServerFolder } from './folders.ts';
import { guarded } from './guard.ts';
import { freePort, portIsTaken } from './port.ts';
import { redisBinary } from './redis-binary.ts';

export interface RunningRedis {
  readonly host: string;
  readonly port: number;
  /** Of the `default` user, who may do everything. */
  readonly password: string;
  /** Such as `7.0.15`. */
  readonly version: string;
  /** The process whose end is the server's end. */
  readonly pid: number;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** A real Redis on an ephemeral port of 127.0.0.1, gone when we are. */
export async function startRedis(
  options: {
    /** Lines of redis.conf, after ours. */
    readonly settings?: readonly string[];
    readonly progress?: (line: string) => void;
  } = {},
): Promise<RunningRedis> {
  const account = serverAccount();
  const binary = await redisBinary(account, options.progress ?? (() => undefined));
  const password = randomBytes(18).toString('base64url');
  for (let attempt = 1; ; attempt += 1) {
    const folder = await newServerFolder(account);
    const port = await freePort();
    // A file, because arguments can be read by everybody on the machine.
    const configuration = join(folder, 'redis.conf');
    const lines = [
      'bind 127.0.0.1',
      `port ${port}`,
      `requirepass ${password}`,
      `dir ${folder}`,
      'daemonize no',
      'save 300 1',
      'appendonly no',
      ...(options.settings ?? []),
    ];
    await writeFile(configuration, `${lines.join('\n')}\n`, { mode: 0o600 });
    await giveTo(account, configuration);
    const server = guarded({
      command: [binary.path, configuration],
      env: { ...binary.env, LC_ALL: 'C' },
      account,
      folder,
      stopSignal: 'TERM',
    });
    if (await server.says(/Ready to accept connections/i)) {
      return {
        host: '127.0.0.1',
        port,
        password,
        version: binary.version,
        pid: server.pid,
        ended: server.ended,
        stop: () => server.stop(),
      };
    }
    await rm(folder, { recursive: true, force: true });
    if (attempt === 5 || !server.lastLines.some((line) => portIsTaken.test(line))) {
      throw new TillError(`Redis does not start: ${server.lastLines.at(-1) ?? 'it said nothing'}`, {
        exit: exitCodes.failed,
        reason: 'redis-does-not-start',
        next: 'try `redis-server --version`; a broken installation can be taken off PATH',
      });
    }
  }
}

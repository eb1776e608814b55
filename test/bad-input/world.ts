import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Sandbox, startSandbox } from '#sandbox/sandbox.ts';
import { type BadLink, startProxy } from '../proxy.ts';
import { tables } from '../sandbox/tables.ts';

export type SystemName = 'kubernetes' | 'postgres' | 'redis' | 'front';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A real estate of two tenants, and the ways to it that a test spoils. */
export interface World {
  readonly sandbox: Sandbox;
  /** An estate file like the sandbox's own, with some systems elsewhere and its text changed. */
  estate(change: {
    readonly at?: Partial<Readonly<Record<SystemName, Address>>>;
    readonly edit?: (text: string) => string;
  }): Promise<string>;
  /** A link to a system, and an estate that goes over it. */
  linkTo(system: SystemName): Promise<{ readonly link: BadLink; readonly estate: string }>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'till-test-'));
  const sandbox = await startSandbox({ folder, tenants: 2, seed: 4, tables });
  const text = await readFile(sandbox.estatePath, 'utf8');
  const kubeconfig = await readFile(sandbox.kubeconfigPath, 'utf8');
  const address = (port: string | number) => ({ host: '127.0.0.1', port: Number(port) });
  const [postgresPort = '', redisPort = ''] = [...text.matchAll(/^ +port: (\d+)$/gm)].map(([, port]) => port ?? '');
  const addresses: Readonly<Record<SystemName, Address>> = {
    kubernetes: address(new URL(sandbox.kubernetes.url).port),
    postgres: address(postgresPort),
    redis: address(redisPort),
    front: address(sandbox.frontPort),
  };
  let made = 0;

  const estate: World['estate'] = async ({ at = {}, edit = (same) => same }) => {
    made += 1;
    const path = join(folder, `estate-${made}.yaml`);
    const where = { ...addresses, ...at };
    const config = join(folder, `kubeconfig-${made}`);
    await writeFile(config, kubeconfig.replaceAll(`:${addresses.kubernetes.port}`, `:${where.kubernetes.port}`));
    const written = text
      .replace(JSON.stringify(sandbox.kubeconfigPath), JSON.stringify(config))
      .replace(`port: ${postgresPort}`, `port: ${where.postgres.port}`)
      .replace(`port: ${redisPort}`, `port: ${where.redis.port}`)
      .replace(`127.0.0.1:${sandbox.frontPort}`, `127.0.0.1:${where.front.port}`);
    await writeFile(path, edit(written));
    return path;
  };

  return {
    sandbox,
    estate,
    linkTo: async (system) => {
      const link = await startProxy(addresses[system]);
      onTestFinished(() => link.close());
      return { link, estate: await estate({ at: { [system]: link } }) };
    },
    close: async () => {
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiServer } from './api-server.ts';
import { hasRealControlPlane, startRealControlPlane } from './real-control-plane.ts';

const { KUBEBUILDER_ASSETS: assets = '' } = process.env;
const binary = join(assets, 'kube-controller-manager');

export const hasRealJobController = hasRealControlPlane && existsSync(binary);

/** A real API server with the real controllers that run Jobs, and nobody who runs their pods. */
export async function startRealJobController(): Promise<ApiServer> {
  const server = await startRealControlPlane();
  const child = spawn(
    binary,
    [
      `--kubeconfig=${server.kubeconfigPath}`,
      '--controllers=job-controller,garbage-collector-controller,ttl-after-finished-controller',
      ...['--leader-elect=false', '--secure-port=0', '--profiling=false'],
    ],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  return {
    ...server,
    name: 'a real kube-apiserver with its Job controller',
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await server.stop();
    },
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { against, interleaved, type Ratio, run } from './ratio.ts';
import { measureTerminal, node } from './terminal.ts';

const till = join(import.meta.dirname, '../../bin/till.js');
const at = '1,000 tenants, 10,000 pods';

/**
 * The real program on the sandbox's Kubernetes API with 1,000 tenants: one command beside kubectl on the same API, and the
 * console.
 */
export async function measureLargeEstate(): Promise<readonly Ratio[]> {
  const folder = mkdtempSync(join(tmpdir(), 'till-bench-'));
  const { child, kubeconfig } = await startCluster(folder);
  try {
    const estate = join(folder, 'estate.yaml');
    writeFileSync(estate, estateYaml(kubeconfig));
    const env = { XDG_STATE_HOME: join(folder, 'state'), XDG_CONFIG_HOME: folder, TILL_ESTATE: estate };
    const status = () => run(process.execPath, [till, 'status', '--layer', 'platform', '-o', 'json'], env);
    const kubectl = () => run('kubectl', ['--kubeconfig', kubeconfig, 'get', 'deploy,pods,hpa', '-A', '-o', 'json']);
    const isThere = await kubectl().then(
      ({ code }) => code === 0,
      () => false,
    );
    const ratios: Ratio[] = [];
    if (isThere) {
      const measured = await interleaved(2, status, kubectl);
      const name = `till status --layer platform, ${at}`;
      ratios.push(against(name, 'kubectl get deploy,pods,hpa -A -o json', measured, 1));
    } else {
      process.stderr.write('kubectl is not on PATH: nothing to hold till status against\n');
    }
    // The last run's picture is what a console's first frame shows; one sweep leaves it.
    await run(process.execPath, [till, 'status'], env);
    const start = () => node([till], { ...env, HOME: folder });
    return [...ratios, ...(await measureTerminal({ at, start, moves: 300, idleSeconds: 20, rounds: 5 }))];
  } finally {
    child.stdin?.end();
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startCluster(folder: string): Promise<{ readonly child: ChildProcess; readonly kubeconfig: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cluster.ts'), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { kubeconfig } = JSON.parse(line) as { readonly kubeconfig: string };
    return { child, kubeconfig };
  }
  throw new Error('the API server of the large estate did not start');
}

function estateYaml(kubeconfig: string): string {
  const context = /current-context: *(\S+)/.exec(readFileSync(kubeconfig, 'utf8'))?.[1] ?? '';
  return `apiVersion: till/v1
id: 018f0000-0000-7000-8000-00000000b3ac
name: bench
clusters:
  large: { context: ${context}, kubeconfig: ${kubeconfig} }
discover:
  - cluster: large
    selector: app.kubernetes.io/name=odoo
    defaults: { tier: standard, environment: production }
tiers: { standard: {} }
`;
}

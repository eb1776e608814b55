import type { SandboxKubernetes } from '../kubernetes/types.ts';
import { maintenanceService } from '../objects/network.ts';
import type { SandboxTenant } from '../tenants.ts';
import type { Reach } from './front.ts';

interface Route {
  readonly spec: {
    readonly routes?: readonly {
      readonly match: string;
      readonly priority?: number;
      readonly services?: readonly { readonly name: string }[];
    }[];
  };
}

/** As Traefik has it: of the rules that match the request, the one of the highest priority, the longest by default. */
export function reachOf(
  kubernetes: Pick<SandboxKubernetes, 'get' | 'list'>,
  { namespace, host }: Pick<SandboxTenant, 'namespace' | 'host'>,
  path: string,
): Reach {
  const [rule] = (kubernetes.list('IngressRoute', namespace) as unknown as readonly Route[])
    .flatMap(({ spec }) => spec.routes ?? [])
    .filter(({ match }) => isMatched(match, host, path))
    .toSorted((a, b) => (b.priority ?? b.match.length) - (a.priority ?? a.match.length));
  if (rule === undefined) {
    return 'no-route';
  }
  if (rule.services?.[0]?.name === maintenanceService) {
    return 'maintenance';
  }
  const web = kubernetes.get({ kind: 'Deployment', namespace, name: 'odoo-web' });
  const status = web?.status as { readonly readyReplicas?: number } | undefined;
  return (status?.readyReplicas ?? 0) > 0 ? 'pod' : 'no-pod';
}

/** `Host`, `Path` and `PathPrefix`, with `!` and `&&`: what routes of an Odoo are made of. */
function isMatched(match: string, host: string, path: string): boolean {
  return match.split('&&').every((part) => {
    const [, not, matcher, value = ''] = /^\s*(!?)(Host|PathPrefix|Path)\(`([^`]*)`\)\s*$/.exec(part) ?? [];
    const isSo = matcher === 'Host' ? host === value : matcher === 'Path' ? path === value : path.startsWith(value);
    return matcher !== undefined && isSo !== (not === '!');
  });
}

import { object } from '#systems/kubernetes/foreign.ts';
import { ownLabel, type TenantRoutes } from './routes.ts';

export const maintenanceService = 'till-maintenance';
/** Over every rule that people write; Traefik's own default is the length of the rule. */
const priority = 100_000;

export function maintenanceName(tenant: string): string {
  return `till-maintenance-${tenant}`;
}

/**
 * The route to the maintenance page. It leaves `/web/health` to Odoo, so that till still sees whether a web process answers;
 * kubelet's probes go to the pods and never pass Traefik.
 */
export function maintenanceRoute(
  tenant: string,
  { namespace, host, routes }: TenantRoutes,
  service: { readonly name: string; readonly port: number },
): object {
  const usual = routes.find(({ labels }) => labels[ownLabel] === undefined);
  const spec = object(usual?.held['spec']);
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRoute',
    metadata: { name: maintenanceName(tenant), namespace, labels: { [ownLabel]: 'maintenance' } },
    spec: {
      ...(spec['entryPoints'] === undefined ? {} : { entryPoints: spec['entryPoints'] }),
      ...(spec['tls'] === undefined ? {} : { tls: spec['tls'] }),
      routes: [
        {
          kind: 'Rule',
          match: `Host(\`${host}\`) && !Path(\`/web/health\`)`,
          priority,
          services: [{ name: service.name, port: service.port }],
        },
      ],
    },
  };
}

import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { exitCodes } from '#text/till-error.ts';
import { version } from '#text/version.ts';

export const command: Command = {
  name: 'manifests agent',
  summary: 'Print the Deployment of the agent with its namespace, Lease role and network policy',
  examples: [
    { line: 'till manifests agent | kubectl apply --server-side -f -', note: 'on the cluster that it lives in' },
    { line: 'till manifests agent --image registry.example/till:1', note: 'as built from the Containerfile' },
  ],
  flags: [
    { name: 'image', value: 'IMAGE', summary: 'the image to run; till:<this version> when left out' },
    { name: 'namespace', value: 'NAMESPACE', summary: 'where it lives; till-system when left out' },
    { name: 'lease', value: 'NAME', summary: 'its Lease; till-agent when left out' },
  ],
  group: 'machine',
  async run(invocation) {
    const { usualEnforcement } = await import('#estate/enforcement/manifest.ts');
    const { agentManifests } = await import('#estate/enforcement/agent.ts');
    const { asYaml } = await import('#estate/enforcement/yaml.ts');
    const items = agentManifests({
      ...usualEnforcement,
      namespace: invocation.value('namespace') ?? usualEnforcement.namespace,
      image: invocation.value('image') ?? `till:${version}`,
      lease: invocation.value('lease') ?? 'till-agent',
    });
    const text = await asYaml(items);
    await printOne(invocation, { kind: 'List', fields: { items }, name: 'agent', text: () => text });
    return exitCodes.ok;
  },
};

import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { exitCodes } from '#text/till-error.ts';
import { version } from '#text/version.ts';

export const command: Command = {
  name: 'manifests executor',
  summary: 'Print where backups, restores and drills run as Jobs: its namespace, roles and admission policy',
  examples: [
    {
      line: 'till manifests executor --starters sre | kubectl apply --server-side -f -',
      note: 'as the estate names it under `backups.executor`; the group may begin long work',
    },
    {
      line: 'kubectl -n till-executor create configmap till-executor-estate --from-file=estate.yaml',
      note: 'the estate as the executor uses it; its passwords and keys are the Secret till-executor, /etc/till/secrets there',
    },
  ],
  flags: [
    { name: 'image', value: 'IMAGE', summary: "the image of the Jobs; the estate's, or till:<this version>" },
    { name: 'namespace', value: 'NAMESPACE', summary: "where they run; the estate's, or till-executor" },
    { name: 'starters', value: 'GROUP', summary: 'a Kubernetes group whose members may begin long work' },
  ],
  group: 'machine',
  async run(invocation) {
    const { executorManifests } = await import('#estate/enforcement/executor.ts');
    const { asYaml } = await import('#estate/enforcement/yaml.ts');
    const { backups } = await invocation.estate();
    const { executor, recovery } = backups ?? {};
    const items = executorManifests({
      namespace: invocation.value('namespace') ?? executor?.namespace ?? 'till-executor',
      serviceAccount: executor?.serviceAccount ?? 'till-executor',
      image: invocation.value('image') ?? executor?.image ?? `till:${version}`,
      starters: invocation.value('starters') ?? null,
      serve: recovery?.serve?.namespace ?? null,
    });
    const text = await asYaml(items);
    await printOne(invocation, { kind: 'List', fields: { items }, name: 'executor', text: () => text });
    return exitCodes.ok;
  },
};

import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

export const command: Command = {
  name: 'manifests access',
  summary: 'Print the roles, admission policies and SQL that hold grants within bounds, for an administrator to apply',
  examples: [
    { line: 'till manifests access | kubectl apply --server-side -f -', note: 'on each cluster of the estate' },
    {
      line: 'till manifests access --sql | psql -v ON_ERROR_STOP=1',
      note: 'as a superuser, on each PostgreSQL server',
    },
    { line: 'till manifests access --redis', note: 'the ACL user that makes and ends users of grants' },
    { line: 'till manifests access --approvers till-approvers', note: 'without an agent: members of that group mint' },
  ],
  flags: [
    { name: 'sql', summary: 'the roles of PostgreSQL instead' },
    { name: 'redis', summary: 'the ACL user of Redis instead' },
    { name: 'namespace', value: 'NAMESPACE', summary: 'where the agent lives; till-system when left out' },
    { name: 'approvers', value: 'GROUP', summary: 'a Kubernetes group whose members may mint too' },
    { name: 'max', value: 'SECONDS', summary: 'the longest life of a token; 14400 when left out' },
    { name: 'minter', value: 'ROLE', summary: 'with --sql: who makes logins; till_minter when left out' },
  ],
  group: 'machine',
  async run(invocation) {
    const { usualEnforcement } = await import('#estate/enforcement/manifest.ts');
    const options = {
      ...usualEnforcement,
      namespace: invocation.value('namespace') ?? usualEnforcement.namespace,
      approvers: invocation.value('approvers') ?? null,
      maxSeconds: secondsOf(invocation.value('max'), usualEnforcement.maxSeconds),
    };
    if (invocation.given('sql') || invocation.given('redis')) {
      const { accessSql } = await import('#estate/enforcement/sql.ts');
      const { redisMinter } = await import('#estate/enforcement/redis.ts');
      const minter = invocation.value('minter');
      const text = invocation.given('redis') ? redisMinter : accessSql(minter === undefined ? {} : { minter });
      await printOne(invocation, { kind: 'Grants', fields: { text }, name: 'access', text: () => text });
      return exitCodes.ok;
    }
    const { accessRoles } = await import('#estate/enforcement/roles.ts');
    const { accessPolicies } = await import('#estate/enforcement/policies.ts');
    const { asYaml } = await import('#estate/enforcement/yaml.ts');
    const items = [...accessRoles(options), ...accessPolicies(options)];
    const text = await asYaml(items);
    await printOne(invocation, { kind: 'List', fields: { items }, name: 'access', text: () => text });
    return exitCodes.ok;
  },
};

function secondsOf(text: string | undefined, otherwise: number): number {
  const seconds = Number(text ?? otherwise);
  if (!Number.isInteger(seconds) || seconds < 600 || seconds > 86_400) {
    throw new TillError('--max takes whole seconds from 600 to 86400', {
      exit: exitCodes.usage,
      reason: 'seconds-invalid',
      target: text ?? '',
      next: 'no API server makes a token for less than 600 s',
    });
  }
  return seconds;
}

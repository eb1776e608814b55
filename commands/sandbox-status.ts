import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { theSandbox } from '#sandbox/daemon/client.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'sandbox status',
  summary: 'Say whether a sandbox is up, where it listens and which scenarios run',
  examples: [{ line: 'till sandbox status -o json', note: 'ports and paths for a script' }],
  async run(invocation) {
    const { state, scenarios } = await theSandbox(invocation.io.env);
    const running = scenarios.map(({ name, tenant }) => `${name} at ${tenant}`);
    const lines: readonly (readonly [string, string])[] = [
      ['up since', state.startedAt],
      ['tenants', String(state.tenants)],
      ['estate', state.estate],
      ['kubeconfig', state.kubeconfig],
      ['PostgreSQL', `${state.postgres.host}:${state.postgres.port}`],
      ['Redis', `${state.redis.host}:${state.redis.port}`],
      ['front', `127.0.0.1:${state.front.port}`],
      ['scenarios', running.length === 0 ? 'none' : running.join(', ')],
    ];
    const { control: _, ...shown } = state;
    await printOne(invocation, {
      kind: 'Sandbox',
      name: 'sandbox',
      fields: { ...shown, scenarios },
      text: () => lines.map(([word, value]) => `${word.padEnd(12)}${value}\n`).join(''),
    });
    return exitCodes.ok;
  },
};

import { readFile } from 'node:fs/promises';
import type { Command } from '#grammar/command.ts';
import { theSandbox } from '#sandbox/daemon/client.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'sandbox env',
  summary: 'Print the variables that point kubectl, psql and till at the sandbox',
  examples: [
    { line: 'eval "$(till sandbox env)"', note: 'then: kubectl get pods -A, psql harbour_shoes, till status' },
  ],
  async run({ io }) {
    const { state } = await theSandbox(io.env);
    const { host, port, user, passwordFile } = state.postgres;
    const variables = {
      KUBECONFIG: state.kubeconfig,
      TILL_ESTATE: state.estate,
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: (await readFile(passwordFile, 'utf8')).trim(),
      PGDATABASE: 'postgres',
    };
    for (const [name, value] of Object.entries(variables)) {
      io.out(`export ${name}='${value.replaceAll("'", "'\\''")}'\n`);
    }
    return exitCodes.ok;
  },
};

import { estateJsonSchema } from '#estate/json-schema.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'estate schema',
  summary: 'Print the JSON Schema of estate.yaml',
  examples: [
    {
      line: 'till estate schema > estate.schema.json',
      note: 'for your editor: # yaml-language-server: $schema=estate.schema.json',
    },
  ],
  flags: [
    {
      name: 'output',
      short: 'o',
      value: 'FORMAT',
      summary: 'json (as when left out) or yaml',
      completion: ['json', 'yaml'],
    },
  ],
  async run({ io, value }) {
    const schema = await estateJsonSchema();
    if (value('output') === 'yaml') {
      const { stringify } = await import('yaml');
      io.out(stringify(schema, { lineWidth: 0 }));
    } else {
      io.out(`${JSON.stringify(schema, null, 2)}\n`);
    }
    return exitCodes.ok;
  },
};

import { open } from 'node:fs/promises';
import { asName } from '#estate/from-context.ts';
import { readKubeconfig } from '#estate/kubeconfig.ts';
import { starterText } from '#estate/starter.ts';
import type { Command } from '#grammar/command.ts';
import { suggest } from '#text/suggest.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

export const command: Command = {
  name: 'estate init',
  summary: 'Write an estate file to begin with, from the contexts of your kubeconfig',
  examples: [
    { line: 'till estate init', note: 'writes ./estate.yaml, never over one that is there' },
    { line: 'till estate init --context eu-prod --context eu-stage', note: 'with these two as clusters' },
    { line: 'till estate init --file -', note: 'prints it instead' },
  ],
  flags: [
    {
      name: 'context',
      value: 'CONTEXT',
      multiple: true,
      summary: 'a kubeconfig context that becomes a cluster; the current one when left out',
    },
    { name: 'name', value: 'NAME', summary: 'what the estate is called; the first cluster when left out' },
    {
      name: 'file',
      value: 'FILE',
      summary: 'where to write; ./estate.yaml when left out, - for the output',
      completion: 'file',
    },
  ],
  async run({ io, value, values }) {
    const { contexts, currentContext, files } = await readKubeconfig(io.env);
    const asked = values('context');
    const chosen = asked.length > 0 || currentContext === null ? asked : [currentContext];
    for (const name of asked) {
      checkContext(
        name,
        contexts.map((context) => context.name),
        files,
      );
    }
    const known = chosen.filter((name) => contexts.some((context) => context.name === name));
    const text = starterText({
      id: crypto.randomUUID(),
      name: asName(value('name') ?? known[0] ?? 'estate'),
      contexts,
      chosen: known,
    });
    const file = value('file') ?? 'estate.yaml';
    if (file === '-') {
      io.out(text);
      return exitCodes.ok;
    }
    await writeNew(file, text);
    const clusters =
      known.length === 0 ? 'no cluster yet' : `${known.length === 1 ? 'cluster' : 'clusters'} ${known.join(', ')}`;
    io.err(`wrote ${file} with ${clusters}\n  next: fill it in, then till estate check\n`);
    return exitCodes.ok;
  },
};

function checkContext(name: string, known: readonly string[], files: readonly string[]): void {
  if (known.includes(name)) {
    return;
  }
  const meant = suggest(name, known);
  const list = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  throw new TillError(`${files.join(', ') || 'the kubeconfig, which does not exist,'} has no context "${name}"`, {
    exit: exitCodes.usage,
    reason: 'unknown-context',
    target: name,
    next: meant === undefined ? list : `did you mean "${meant}"?`,
  });
}

/** The file of somebody else is never written over (`wx`). */
async function writeNew(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new TillError(exists ? `${path} is there already and was left alone` : `${path} could not be written`, {
      exit: exists ? exitCodes.usage : exitCodes.failed,
      reason: exists ? 'file-exists' : 'not-written',
      target: path,
      next: 'name another with --file FILE, or print it with --file -',
      cause: error,
    });
  }
}

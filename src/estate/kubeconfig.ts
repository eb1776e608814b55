import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface KubeContext {
  readonly name: string;
  /** The address of its API server; null when the file does not say. */
  readonly server: string | null;
  readonly namespace: string | null;
}

/** As much of the kubeconfig as tells which clusters there are; credentials are not looked at. */
export interface Kubeconfig {
  /** The files it was put together from, those that exist. */
  readonly files: readonly string[];
  readonly currentContext: string | null;
  readonly contexts: readonly KubeContext[];
}

/** `KUBECONFIG` may name several files; without it, the one in the home folder. */
export function kubeconfigFiles(env: Environment): readonly string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return named.length > 0 ? named : [join(env['HOME'] || homedir(), '.kube/config')];
}

/** Throws TillError (exit 2) when a file is there and cannot be read; a missing one is passed over, as kubectl does. */
export async function readKubeconfig(env: Environment): Promise<Kubeconfig> {
  const files: string[] = [];
  const contexts = new Map<string, KubeContext>();
  let currentContext: string | null = null;
  for (const path of kubeconfigFiles(env)) {
    const file = await fieldsOf(path);
    if (file === null) {
      continue;
    }
    files.push(path);
    currentContext ??= text(file['current-context']);
    for (const context of contextsOf(file)) {
      // The first file that names a context wins, as kubectl merges them.
      if (!contexts.has(context.name)) {
        contexts.set(context.name, context);
      }
    }
  }
  return { files, currentContext, contexts: [...contexts.values()] };
}

type Fields = Readonly<Record<string, unknown>>;

async function fieldsOf(path: string): Promise<Fields | null> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return null;
    }
    throw broken(path, 'cannot be read by this user', error);
  }
  const { parse } = await import('yaml');
  try {
    return record(parse(content, { logLevel: 'error' }));
  } catch (error) {
    throw broken(path, 'is not YAML', error);
  }
}

function broken(path: string, why: string, cause: unknown): TillError {
  return new TillError(`the kubeconfig ${path} ${why}`, {
    exit: exitCodes.usage,
    reason: 'kubeconfig-invalid',
    target: path,
    next: 'mend it, or name another with KUBECONFIG=FILE',
    cause,
  });
}

function contextsOf(file: Fields): readonly KubeContext[] {
  const servers = new Map(
    list(file['clusters']).map((entry) => [text(entry['name']), text(record(entry['cluster'])['server'])]),
  );
  return list(file['contexts']).flatMap((entry) => {
    const name = text(entry['name']);
    const context = record(entry['context']);
    const server = servers.get(text(context['cluster'])) ?? null;
    return name === null ? [] : [{ name, server, namespace: text(context['namespace']) }];
  });
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

import { open } from 'node:fs/promises';
import type { SecretReference } from '#estate/schema.ts';
import { codeOf } from '#systems/network.ts';
import { ReadFailure } from '#systems/source.ts';

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The value of one key of a Kubernetes Secret, decoded. Throws ReadFailure. */
  readonly readSecret: (cluster: string, namespace: string, name: string, key: string) => Promise<string>;
}

/** What a reference in the estate stands for. Failures name the reference and never carry the value. */
export async function resolveSecret(reference: SecretReference, sources: SecretSources): Promise<string> {
  if ('env' in reference) {
    const value = sources.env[reference.env];
    if (value === undefined || value === '') {
      throw new ReadFailure('not-probed', `the environment variable ${reference.env} is not set`);
    }
    return value;
  }
  if ('file' in reference) {
    return fromFile(reference.file);
  }
  const { cluster, namespace, name, key } = reference.secret;
  try {
    return await sources.readSecret(cluster, namespace, name, key);
  } catch (error) {
    const words = `the secret ${namespace}/${name} (key ${key}) of cluster ${cluster} could not be read`;
    throw error instanceof ReadFailure
      ? new ReadFailure(error.reason, `${words}: ${error.message}`, error.code, error)
      : new ReadFailure('not-probed', words, codeOf(error));
  }
}

/** As files of `echo secret > file` and of mounted Secrets are: one trailing line break does not belong to it. */
async function fromFile(path: string): Promise<string> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new ReadFailure('not-probed', `the secret file ${path} ${inability(codeOf(error))}`, codeOf(error));
  });
  try {
    const { mode, uid } = await file.stat();
    if (isOpenToOthers(mode, uid)) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0');
      throw new ReadFailure('forbidden', `the secret file ${path} is open to other users (mode ${octal}): chmod 600`);
    }
    const text = await file.readFile('utf8').catch((error: unknown) => {
      throw new ReadFailure('not-probed', `the secret file ${path} could not be read`, codeOf(error));
    });
    const value = text.replace(/\r?\n$/, '');
    if (value === '') {
      throw new ReadFailure('not-probed', `the secret file ${path} is empty`);
    }
    return value;
  } finally {
    await file.close();
  }
}

/** libpq's rule for private keys: 0600 or less; a file of root may be read by its group, as mounted Secrets are. */
function isOpenToOthers(mode: number, owner: number): boolean {
  return (mode & (owner === 0 ? 0o037 : 0o077)) !== 0;
}

function inability(code: string | null): string {
  if (code === 'ENOENT') {
    return 'does not exist';
  }
  return code === 'EACCES' ? 'may not be read by this user' : 'could not be opened';
}

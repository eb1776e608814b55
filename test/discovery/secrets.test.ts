import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveSecret, type SecretSources } from '#discovery/secrets.ts';
import { ReadFailure } from '#systems/source.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'till-secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

const nowhere: SecretSources = {
  env: {},
  readSecret: async () => {
    throw new Error('hunter2 leaked by a library');
  },
};

async function fileWith(text: string, mode: number): Promise<string> {
  const path = join(folder, 'password');
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe('a secret', () => {
  it('comes from an environment variable', async () => {
    expect(await resolveSecret({ env: 'PGPW' }, { ...nowhere, env: { PGPW: 'hunter2' } })).toBe('hunter2');
  });

  it('comes from a file, without the line break that editors leave', async () => {
    expect(await resolveSecret({ file: await fileWith('hunter2\n', 0o600) }, nowhere)).toBe('hunter2');
    expect(await resolveSecret({ file: await fileWith(' two\nlines \n\n', 0o600) }, nowhere)).toBe(' two\nlines \n');
  });

  it('comes from a key of a Kubernetes Secret', async () => {
    const asked: string[][] = [];
    const readSecret: SecretSources['readSecret'] = async (...path) => {
      asked.push(path);
      return 'hunter2';
    };
    const reference = { secret: { cluster: 'eu', namespace: 'db', name: 'till-monitor', key: 'password' } };
    expect(await resolveSecret(reference, { env: {}, readSecret })).toBe('hunter2');
    expect(asked).toEqual([['eu', 'db', 'till-monitor', 'password']]);
  });
});

describe('a secret that cannot be had', () => {
  it('is named by its variable when that is missing or empty', async () => {
    const failure = { reason: 'not-probed', message: 'the environment variable PGPW is not set' };
    await expect(resolveSecret({ env: 'PGPW' }, nowhere)).rejects.toMatchObject(failure);
    await expect(resolveSecret({ env: 'PGPW' }, { ...nowhere, env: { PGPW: '' } })).rejects.toMatchObject(failure);
  });

  it('is refused, with the mode, when other users may read the file', async () => {
    for (const mode of [0o644, 0o604, 0o666]) {
      const file = await fileWith('hunter2', mode);
      await expect(resolveSecret({ file }, nowhere)).rejects.toMatchObject({
        reason: 'forbidden',
        message: `the secret file ${file} is open to other users (mode 0${mode.toString(8)}): chmod 600`,
      });
    }
  });

  it('is named by its file when that is missing, empty or a folder', async () => {
    const missing = join(folder, 'missing');
    await expect(resolveSecret({ file: missing }, nowhere)).rejects.toMatchObject({
      message: `the secret file ${missing} does not exist`,
    });
    const empty = await fileWith('\n', 0o600);
    await expect(resolveSecret({ file: empty }, nowhere)).rejects.toMatchObject({
      message: `the secret file ${empty} is empty`,
    });
    await chmod(folder, 0o700);
    await expect(resolveSecret({ file: folder }, nowhere)).rejects.toMatchObject({
      message: `the secret file ${folder} could not be read`,
    });
  });

  it('is named by its Secret, with the cluster’s reason and nothing that a library said', async () => {
    const reference = { secret: { cluster: 'eu', namespace: 'db', name: 'till', key: 'password' } };
    const words = 'the secret db/till (key password) of cluster eu could not be read';
    const failure = await resolveSecret(reference, nowhere).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'not-probed', message: words });
    expect(JSON.stringify(failure)).not.toContain('hunter2');
    const readSecret: SecretSources['readSecret'] = async () => {
      throw new ReadFailure('forbidden', 'secrets is forbidden', '403');
    };
    await expect(resolveSecret(reference, { env: {}, readSecret })).rejects.toMatchObject({
      reason: 'forbidden',
      message: `${words}: secrets is forbidden`,
      code: '403',
    });
  });
});

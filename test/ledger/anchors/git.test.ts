import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GitAnchor } from '#ledger/anchors/git.ts';
import { checkpoint, estateId, noon, temporary } from './world.ts';

const ref = 'refs/till/checkpoints';

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', ['--git-dir', folder, ...args], { encoding: 'utf8' }).trim();
}

async function repository() {
  const folder = await temporary();
  const bare = join(folder, 'there.git');
  execFileSync('git', ['init', '--quiet', '--bare', bare]);
  const anchor = (cache = 'here.git') => new GitAnchor('git', { repository: bare, ref, cache: join(folder, cache) });
  return { folder, bare, anchor };
}

describe('a Git ref', () => {
  it('grows by a commit for each checkpoint, dated when it was made', async () => {
    const { bare, anchor } = await repository();
    for (const size of [5, 40]) {
      await anchor().put(checkpoint(size));
    }
    expect(git(bare, 'log', '--format=%s %ct', ref).split('\n')).toEqual([
      `Checkpoint of 40 entries ${noon / 1_000 + 40}`,
      `Checkpoint of 5 entries ${noon / 1_000 + 5}`,
    ]);
    expect(`${git(bare, 'show', `${ref}:checkpoint.txt`)}\n`).toBe(checkpoint(40).note);
  });

  it('gives back all that it holds, also to somebody who has never seen it', async () => {
    const { anchor } = await repository();
    expect(await anchor().read(estateId)).toEqual({ notes: [], times: [], held: 0 });
    for (const size of [5, 40, 300]) {
      await anchor().put(checkpoint(size));
    }
    const { notes, times } = await anchor('fresh.git').read(estateId);
    expect(notes.map(({ note }) => note)).toEqual([5, 40, 300].map((size) => checkpoint(size).note));
    expect(times).toEqual([5, 40, 300].map((size) => ({ size, at: noon + size * 1_000 })));
  });

  it('takes checkpoints from two hosts without losing one', async () => {
    const { anchor } = await repository();
    await anchor('one.git').put(checkpoint(1));
    await Promise.all([anchor('one.git').put(checkpoint(2)), anchor('two.git').put(checkpoint(3))]);
    const { notes } = await anchor('one.git').read(estateId);
    expect(notes.map(({ note }) => note.split('\n')[1]).sort()).toEqual(['1', '2', '3']);
  });

  it('that was wound back or taken away is told, and what was there is kept', async () => {
    const { bare, anchor } = await repository();
    await anchor().put(checkpoint(5));
    const first = git(bare, 'rev-parse', ref);
    await anchor().put(checkpoint(40));
    git(bare, 'update-ref', ref, first);
    await expect(anchor().read(estateId)).rejects.toThrow(/its history was rewritten/);
    await expect(anchor().put(checkpoint(41))).rejects.toThrow(/its history was rewritten/);
    git(bare, 'update-ref', '-d', ref);
    await expect(anchor().read(estateId)).rejects.toThrow(/was here and is gone/);
  });

  it('never names a password that stands in its address, nor runs what stands there', async () => {
    const { folder } = await repository();
    const at = (address: string) => new GitAnchor('git', { repository: address, ref, cache: join(folder, 'x.git') });
    const said = await at('http://bot:hunter2@127.0.0.1:1/x.git').put(checkpoint(1)).catch(String);
    expect(said).toMatch(/git ls-remote: /);
    expect(said).not.toContain('hunter2');
    await expect(at(`ext::touch ${folder}/ran`).put(checkpoint(1))).rejects.toThrow(/not allowed/);
    await expect(at('--upload-pack=touch').put(checkpoint(1))).rejects.toThrow(/git ls-remote/);
  });
});

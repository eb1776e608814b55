import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { checkpointIn, epochOf } from '../verifier/checkpoint.ts';
import { noteIn } from '../verifier/note.ts';
import { type Anchor, type Outgoing, type Reading, worthReading } from './anchor.ts';

export interface GitRepository {
  /** As `git push` takes it. */
  readonly repository: string;
  /** `refs/till/checkpoints` */
  readonly ref: string;
  /** A folder of ours for a bare copy of that ref. */
  readonly cache: string;
}

const fileName = 'checkpoint.txt';
const nothing = '';

/** A commit for each checkpoint on a ref of a repository that somebody else keeps. Pushed without force: history only grows. */
export class GitAnchor implements Anchor {
  readonly kind = 'git';
  readonly name: string;
  readonly #git: GitRepository;

  constructor(name: string, git: GitRepository) {
    this.name = name;
    this.#git = git;
  }

  async put({ note, origin, size, at }: Outgoing): Promise<string> {
    const { repository, ref } = this.#git;
    // Somebody else may have pushed in between: then again, on top of theirs.
    for (let attempt = 1; ; attempt += 1) {
      const tip = await this.#fetched();
      const blob = await this.#run(['hash-object', '-w', '--stdin'], note);
      const tree = await this.#run(['mktree'], `100644 blob ${blob}\t${fileName}\n`);
      const message = `Checkpoint of ${size} entries\n\nTill-Origin: ${origin}\n`;
      const commit = await this.#run(['commit-tree', tree, ...(tip === null ? [] : ['-p', tip])], message, at);
      try {
        await this.#run(['push', '--quiet', '--', repository, `${commit}:${ref}`]);
        await this.#run(['update-ref', ref, commit]);
        return `${ref} ${commit.slice(0, 12)}`;
      } catch (error) {
        if (attempt === 3 || !/rejected|cannot lock ref|fetch first/u.test(String(error))) {
          throw error;
        }
      }
    }
  }

  async read(estateId: string): Promise<Reading> {
    const tip = await this.#fetched();
    if (tip === null) {
      return { notes: [], times: [], held: 0 };
    }
    const log = await this.#run(['log', '--first-parent', '--reverse', '--format=%H %ct', tip, '--']);
    const commits = log.split('\n').map((line) => {
      const [commit = '', seconds = ''] = line.split(' ');
      return { commit, at: Number(seconds) * 1_000 };
    });
    // Small texts: one process reads them all, and `times` needs the size in each.
    const texts = await this.#contents(commits.map(({ commit }) => `${commit}:${fileName}`));
    const all = commits.flatMap(({ at }, place) => {
      const note = texts[place] ?? '';
      const parsed = noteIn(note);
      const checkpoint = parsed === null ? null : checkpointIn(parsed);
      const isOurs = checkpoint === null || epochOf(checkpoint.origin, estateId) !== null;
      return isOurs ? [{ note, at, size: checkpoint?.size ?? null }] : [];
    });
    return {
      notes: worthReading(all).map(({ note, at }) => ({ note, anchor: this.name, at })),
      times: all.flatMap(({ at, size }) => (size === null ? [] : [{ at, size }])),
      held: all.length,
    };
  }

  async weakness(): Promise<string | null> {
    return null;
  }

  /** The ref's tip there, and everything under it here; null while there is none. */
  async #fetched(): Promise<string | null> {
    const { repository, ref, cache } = this.#git;
    await mkdir(cache, { recursive: true, mode: 0o700 });
    await this.#run(['init', '--quiet', '--bare', '.']);
    const listed = await this.#run(['ls-remote', '--quiet', '--', repository, ref]);
    const there =
      listed
        .split('\n')
        .find((line) => line.endsWith(`\t${ref}`))
        ?.split('\t')[0] ?? null;
    const known = await this.#run(['for-each-ref', '--format=%(objectname)', ref]);
    if (there === null) {
      if (known !== nothing) {
        throw new Error(`${ref} was here and is gone from the repository: ${known.slice(0, 12)} is kept in ${cache}`);
      }
      return null;
    }
    await this.#run(['fetch', '--quiet', '--no-tags', '--', repository, ref]);
    if (known !== nothing && !(await this.#isAncestor(known, there))) {
      throw new Error(
        `${ref} no longer grows from ${known.slice(0, 12)}, which is kept in ${cache}: its history was rewritten`,
      );
    }
    await this.#run(['update-ref', ref, there]);
    return there;
  }

  async #isAncestor(older: string, newer: string): Promise<boolean> {
    return this.#run(['merge-base', '--is-ancestor', older, newer]).then(
      () => true,
      () => false,
    );
  }

  async #contents(names: readonly string[]): Promise<readonly string[]> {
    const output = await this.#run(['cat-file', '--batch'], `${names.join('\n')}\n`, null, false);
    const bytes = Buffer.from(output, 'latin1');
    const found: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(0x0a, at);
      const header = bytes.toString('utf8', at, end);
      const size = Number(/ blob (?<size>\d+)$/.exec(header)?.groups?.['size'] ?? Number.NaN);
      at = end + 1;
      if (Number.isNaN(size)) {
        found.push('');
      } else {
        found.push(bytes.toString('utf8', at, at + size));
        at += size + 1;
      }
    }
    return found;
  }

  /** Output without its last line break. Rejects with what git said. */
  #run(args: readonly string[], input = '', at: number | null = null, isTrimmed = true): Promise<string> {
    const { cache, repository } = this.#git;
    const date = at === null ? {} : { GIT_COMMITTER_DATE: isoDate(at), GIT_AUTHOR_DATE: isoDate(at) };
    const { PATH, HOME, SSH_AUTH_SOCK, XDG_CONFIG_HOME } = process.env;
    const inherited = Object.entries({ PATH, HOME, SSH_AUTH_SOCK, XDG_CONFIG_HOME }).filter(
      ([, value]) => value !== undefined,
    );
    return new Promise((resolve, reject) => {
      const child = execFile(
        'git',
        ['--git-dir', cache, ...args],
        {
          cwd: cache,
          timeout: 60_000,
          maxBuffer: 256 * 1024 * 1024,
          encoding: 'latin1',
          env: {
            ...Object.fromEntries(inherited),
            ...date,
            LC_ALL: 'C',
            GIT_TERMINAL_PROMPT: '0',
            // A repository names a place, never a program: git's ext:: transport would run one.
            GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
            GIT_AUTHOR_NAME: 'till',
            GIT_AUTHOR_EMAIL: 'till@localhost',
            GIT_COMMITTER_NAME: 'till',
            GIT_COMMITTER_EMAIL: 'till@localhost',
          },
        },
        (error, stdout, stderr) => {
          if (error === null) {
            resolve(isTrimmed ? stdout.replace(/\n$/, '') : stdout);
          } else {
            reject(new Error(sentence(error, stderr, args[0] ?? '', repository)));
          }
        },
      );
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
  }
}

const isoDate = (at: number) => new Date(at).toISOString();

/** A URL may carry a password, and git repeats URLs. */
function sentence(
  error: Error & { readonly code?: unknown },
  stderr: string,
  what: string,
  repository: string,
): string {
  if (error.code === 'ENOENT') {
    return 'git is not installed here';
  }
  const said = stderr
    .replaceAll(repository, 'the repository')
    .replaceAll(/\/\/[^/\s@]*@/g, '//')
    .trim()
    .split('\n')
    // What happened stands above git's advice.
    .filter((line) => !line.startsWith('hint:'))
    .slice(-3)
    .join(' ');
  return `git ${what}: ${said || 'failed'}`;
}

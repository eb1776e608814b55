import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClusterWriter, ObjectPath } from '#systems/kubernetes/writer.ts';
import type { Operation } from '#systems/operation.ts';
import type { PostgresWriter } from '#systems/postgres/writer.ts';

const target: ObjectPath = { path: '/', uid: 'uid', resourceVersion: '1' };

const root = resolve(import.meta.dirname, '../..');
const sources = globSync(['{bin,commands,views,themes,src}/**/*.{ts,tsx}'], { cwd: root });
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const filesWith = (pattern: RegExp) => sources.filter((file) => pattern.test(textOf(file))).sort();

describe('the licence to write', () => {
  it('cannot be done without: each of these lines is an error of the type check, or the type check fails', () => {
    // Never called. An expectation of an error that does not come is itself an error (`npm run typecheck`).
    function withoutALicence(cluster: ClusterWriter, postgres: PostgresWriter): readonly unknown[] {
      const forged = { id: '01JD', action: 'scale' };
      return [
        // @ts-expect-error: no operation at all
        () => cluster.mergePatch(target, {}),
        // @ts-expect-error: something that looks like one
        () => cluster.mergePatch(forged, target, {}),
        // @ts-expect-error: an id alone
        () => cluster.replaceTemplate('01JD', target, {}, 'why'),
        // @ts-expect-error: something that looks like one
        () => cluster.create(forged, '/', {}),
        // @ts-expect-error: something that looks like one
        () => cluster.remove(forged, target),
        // @ts-expect-error: something that looks like one
        () => postgres.cancel(forged, { pid: 1, backendStart: '' }),
        // @ts-expect-error: something that looks like one
        () => postgres.terminate(forged, { pid: 1, backendStart: '' }),
        (): Operation =>
          // @ts-expect-error: the mark has no name outside of its file
          forged,
      ];
    }
    expect(withoutALicence).toBeInstanceOf(Function);
  });

  it('is made in one place: nobody else turns something into an Operation', () => {
    expect(filesWith(/\bas (?:unknown as )?Operation\b|<Operation>\s*[({]/u)).toEqual(['src/actions/licence.ts']);
  });

  it('is handed out where the intent is on disk: to operations, their Jobs, and the duties that keep grants', () => {
    expect(filesWith(/['"][^'"]*\blicence\.ts['"]/u)).toEqual([
      'src/actions/access/credentials/duty.ts',
      'src/actions/executor/remove-job.ts',
      'src/actions/executor/start-job.ts',
      'src/actions/run-operation.ts',
    ]);
  });

  it('is asked for by every write that a writer has', () => {
    const writers = [
      'src/systems/kubernetes/writer.ts',
      'src/systems/kubernetes/minter.ts',
      'src/systems/postgres/writer.ts',
      'src/systems/postgres/logins.ts',
      'src/systems/redis/acl.ts',
    ];
    const reads = ['close', 'found', 'namespacesWith', 'mayMint'];
    const methods = writers.flatMap((file) => {
      const [, body = ''] =
        textOf(file).match(/export interface (?:\w+Writer|ClusterMinter|PostgresLogins|RedisAcl) \{([\s\S]*?)\n\}/u) ??
        [];
      return [...body.matchAll(/^ {2}(\w+)\(([^)]*)/gmu)].map(([, name, given]) => ({
        name,
        given: given?.trim() ?? '',
      }));
    });
    expect(methods.map(({ name }) => name)).toEqual(expect.arrayContaining(['mergePatch', 'makeToken', 'endLogin']));
    expect(
      methods.filter(({ name, given }) => !reads.includes(name ?? '') && !given.startsWith('operation: Operation')),
    ).toEqual([]);
  });
});

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority } from '#sandbox/kubernetes/access/certificates.ts';
import { newcomer, type Person, till } from '../journeys/program.ts';
import { drive } from '../terminal/drive.ts';

let person: Person;

beforeEach(() => {
  person = newcomer();
});
afterEach(() => person.leave());

const head = `apiVersion: till/v1
id: 7b7c3c2e-54d4-4f43-9f12-5d8d3f0d5d10
name: nordic
`;

async function file(name: string, text: string): Promise<string> {
  const path = join(person.home, name);
  await writeFile(path, text);
  return path;
}

describe('no estate at all', () => {
  it('and no kubeconfig: exit 2 says what to write or to type, with and without a terminal', async () => {
    const { code, out, err } = await person.run('status');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/estate/);
    expect(err).toMatch(/till estate init|--sandbox/);

    const terminal = drive(process.execPath, [till], { env: person.env });
    expect(await terminal.exited).toMatchObject({ exitCode: 2 });
    await terminal.shows('estate');
    expect(terminal.modes()).toEqual({ alternate: false, wraparound: true, bracketedPaste: false });
  });

  it('with --sandbox and none up: exit 2 says how to start one', async () => {
    const run = await newcomerOfNoSandbox().run('status', '--sandbox');
    expect(run).toMatchObject({ code: 2, out: '' });
    expect(run.err).toContain('till sandbox up --detach');
  });

  const newcomerOfNoSandbox = () => {
    person.leave();
    person = newcomer({ TILL_SANDBOX_DIR: '/nonexistent' });
    return person;
  };
});

describe('an estate that is wrong is exit 2, with file, line, column, and what would be right:', () => {
  it.each([
    ['a wrong key', `${head}tenats: []\n`, /estate\.yaml:4:1.*tenats/s],
    ['a wrong type', `${head}tenants: 7\n`, /estate\.yaml:4:10/],
    [
      'a duplicate tenant',
      `${head}tenants:\n  - { name: maple-toys }\n  - { name: maple-toys }\n`,
      /estate\.yaml:6:\d+.*maple-toys/s,
    ],
    ['a duplicate key', `${head}mode: READ-ONLY\nmode: READ-ONLY\n`, /estate\.yaml:5:1/],
    [
      'a YAML bomb',
      `${head}x: &a [z,z,z,z,z,z,z,z,z]\n${'bcdefghi'
        .split('')
        .map(
          (name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[index]}`).join(',')}]`,
        )
        .join('\n')}\n`,
      /estate\.yaml/,
    ],
    ['no YAML', `${head}tenants: [\n`, /estate\.yaml:\d+:\d+/],
    ['bytes', '\u0000\u0001\u0002', /estate\.yaml/],
  ])(
    '%s',
    async (_, text, words) => {
      const path = await file('estate.yaml', text);
      for (const command of [['status'], ['show', 'maple-toys'], ['doctor'], ['estate', 'check']]) {
        const run = await person.run(...command, '--estate', path);
        expect(run).toMatchObject({ code: 2, out: '' });
        expect(run.err).toMatch(words);
        expect(run.ms).toBeLessThan(10_000);
      }
      const { err } = await person.run('status', '--estate', path, '-o', 'json');
      expect(JSON.parse(err)).toMatchObject({ kind: 'Error', code: 2 });
    },
    60_000,
  );
});

describe('a kubeconfig', () => {
  const kubeconfig = (user: object, server = 'https://127.0.0.1:1') => ({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'prod',
    clusters: [{ name: 'prod', cluster: { server } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'me' } }],
  });

  /** What `till status` says of one tenant in a cluster that it gets to with this. */
  async function said(user: object, context = 'prod') {
    await file('kubeconfig', JSON.stringify(kubeconfig(user)));
    const estate = await file(
      'estate.yaml',
      `${head}clusters: { prod: { context: ${context}, kubeconfig: ./kubeconfig } }
tenants: [{ name: maple-toys, cluster: prod, namespace: maple-toys }]
`,
    );
    const list = await person.json('status', '--estate', estate);
    const checked = await person.run('status', '--estate', estate, '--check');
    expect(checked.code).toBe(3);
    const platform = list.items[0]?.layers.platform;
    expect(platform).toMatchObject({ grade: 'unknown', reason: 'unreachable' });
    return platform?.message;
  }

  it('without the context names those that there are', async () => {
    expect(await said({ token: 'x' }, 'stage')).toMatch(/stage.*prod/);
  });

  it('with a certificate that has expired says since when, and does not bother the server', async () => {
    const { pem, keyPem } = createAuthority('old', Date.now() - 20 * 366 * 86_400_000).issue({
      commonName: 'me',
      use: 'client',
    });
    const data = (text: string) => Buffer.from(text).toString('base64');
    expect(await said({ 'client-certificate-data': data(pem), 'client-key-data': data(keyPem) })).toMatch(/expired/);
  });

  const plugin = async (script: string, more: object = {}) => {
    const path = await file('plugin.sh', `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o700);
    return {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: path, interactiveMode: 'Never', ...more },
    };
  };

  it('with a plugin that fails says so in its words, cleaned, and without its secrets', async () => {
    const message = await said(
      await plugin(`printf 'no session\\033[2J; run login\\n' >&2; echo '{"token":"s3cret"'; exit 3`),
    );
    expect(message).toContain('no session; run login');
    expect(message).not.toContain('s3cret');
  });

  it('with a plugin that reads its terminal gets none, and the command ends', async () => {
    const message = await said(await plugin('read -r answer < /dev/tty || { echo "no terminal here" >&2; exit 1; }'));
    expect(message).toContain('no terminal');
  }, 60_000);

  it('with a plugin that must ask a person is not run at all', async () => {
    const user = await plugin(`touch "${person.home}/ran"`, { interactiveMode: 'Always' });
    expect(await said(user)).toMatch(/plugin.sh/);
    expect((await person.shell('ls')).out).not.toContain('ran\n');
  });
});

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { loadEstate } from '#estate/load.ts';
import { folderOf } from '../estate/folder.ts';
import { till } from './till.ts';

const valid = 'apiVersion: till/v1\nid: 0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10\nname: nordic\ntiers: { critical: {} }\n';
const kubeconfig = `current-context: eu
clusters: [{ name: c, cluster: { server: "https://10.0.0.1" } }]
contexts: [{ name: eu, context: { cluster: c } }, { name: us, context: { cluster: c } }]
`;

describe('till estate init', () => {
  async function home() {
    const folder = await folderOf({ kubeconfig });
    return { folder, file: join(folder, 'estate.yaml'), env: { KUBECONFIG: join(folder, 'kubeconfig') } };
  }

  it('writes a valid estate with the current context, for its owner alone', async () => {
    const { file, env } = await home();
    const { exit, out, err } = await till(['estate', 'init', '--file', file], { env });
    expect({ exit, out }).toEqual({ exit: 0, out: '' });
    expect(err).toContain(`wrote ${file} with cluster eu`);
    expect(await loadEstate(file)).toMatchObject({ name: 'eu', clusters: { eu: { context: 'eu' } } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('never writes over a file', async () => {
    const folder = await folderOf({ 'estate.yaml': 'mine' });
    const file = join(folder, 'estate.yaml');
    const { exit, err } = await till(['estate', 'init', '--file', file]);
    expect(exit).toBe(2);
    expect(err).toContain('is there already and was left alone');
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('prints instead, takes the contexts that are asked for, and a name', async () => {
    const { env } = await home();
    const words = ['estate', 'init', '--file', '-', '--context', 'us', '--context', 'eu', '--name', 'Nordic Shops'];
    const { exit, out } = await till(words, { env });
    expect(exit).toBe(0);
    expect(parseYaml(out)).toMatchObject({
      name: 'nordic-shops',
      clusters: { eu: { context: 'eu' }, us: { context: 'us' } },
    });
  });

  it('says which contexts there are when asked for another', async () => {
    const { env } = await home();
    const { exit, err } = await till(['estate', 'init', '--file', '-', '--context', 'uss'], { env });
    expect(exit).toBe(2);
    expect(err).toContain('has no context "uss"');
    expect(err).toContain('did you mean "us"?');
  });

  it('works without any kubeconfig', async () => {
    const { exit, out } = await till(['estate', 'init', '--file', '-']);
    expect(exit).toBe(0);
    expect(parseYaml(out)).toMatchObject({ name: 'estate', clusters: {} });
  });
});

describe('till estate check --offline', () => {
  const check = ['estate', 'check', '--offline'];

  it('says what a valid estate holds', async () => {
    const folder = await folderOf({ 'estate.yaml': valid });
    expect(await till(check, { folder })).toEqual({
      exit: 0,
      out: `● valid estate nordic (READ-ONLY, ${folder}/estate.yaml): 1 tier\n`,
      err: '',
    });
    const { out } = await till([...check, '-o', 'json'], { folder });
    expect(JSON.parse(out)).toMatchObject({ kind: 'EstateCheck', estate: 'nordic', counts: { tiers: 1, tenants: 0 } });
  });

  it('lists every problem with its line, and fails', async () => {
    const folder = await folderOf({ 'estate.yaml': `${valid}mod: x\ntenants: [{ name: a }, { name: a }]\n` });
    const { exit, out, err } = await till(check, { folder });
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain(`${folder}/estate.yaml:5:1  mod: there is no such key here; did you mean \`mode\`?`);
    expect(err).toContain(`${folder}/estate.yaml:6:32  tenants[1].name: "a" is listed twice`);
    expect(err).toContain('till estate schema prints what may stand where');
  });

  it('gives the problems as data with -o json', async () => {
    const folder = await folderOf({ 'estate.yaml': `${valid}mod: x\n` });
    const { exit, err } = await till([...check, '-o', 'json'], { folder });
    expect(exit).toBe(2);
    expect(JSON.parse(err)).toMatchObject({
      kind: 'Error',
      code: 2,
      reason: 'estate-invalid',
      target: `${folder}/estate.yaml:5:1`,
      problems: [
        { line: 5, column: 1, path: 'mod', message: 'there is no such key here', hint: 'did you mean `mode`?' },
      ],
    });
  });

  it('names a threshold of a signal that there is not', async () => {
    const folder = await folderOf({ 'estate.yaml': `${valid}tenants: [{ name: a, thresholds: { nonsense: {} } }]\n` });
    const { exit, err } = await till(check, { folder });
    expect(exit).toBe(2);
    expect(err).toContain('tenants[0].thresholds.nonsense: there is no such signal');
  });

  it('with no estate and no kubeconfig says where it looked, and what to do', async () => {
    const { exit, err } = await till(check);
    expect(exit).toBe(2);
    expect(err).toContain('there is no estate file and no kubeconfig; looked for /nonexistent/estate.yaml');
    expect(err).toContain('till estate init writes an estate file; till sandbox up starts one to try till on');
  });
});

describe('till estate schema and grants', () => {
  it('print a JSON Schema, as JSON or YAML', async () => {
    const { exit, out } = await till(['estate', 'schema']);
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ type: 'object', required: ['apiVersion', 'id', 'name'] });
    expect(parseYaml((await till(['estate', 'schema', '-o', 'yaml'])).out)).toEqual(JSON.parse(out));
    expect((await till(['estate', 'schema', '-o', 'table'])).exit).toBe(2);
    expect((await till(['estate', 'schema'], { env: { TILL_OUTPUT: 'wide' } })).exit).toBe(0);
  });

  it('print SQL for the role that is asked for', async () => {
    const { out } = await till(['estate', 'grants', '--role', 'watcher']);
    expect(out).toContain('GRANT pg_monitor TO "watcher";');
    expect(out).toContain("('ir_cron', 'nextcall')");
    expect(out).not.toContain('till_monitor');
    const json = JSON.parse((await till(['estate', 'grants', '-o', 'json'])).out);
    expect(json).toMatchObject({ kind: 'Grants', role: 'till_monitor' });
    expect(json.tables.ir_cron).toContain('nextcall');
  });

  it('prints SQL for the logins of backups and of restores, one at a time', async () => {
    const backup = await till(['estate', 'grants', '--backup']);
    expect(backup.out).toContain('GRANT pg_read_all_data TO "till_backup"');
    const restore = await till(['estate', 'grants', '--restore', '--role', 'maker']);
    expect(restore.out).toContain('ALTER ROLE "maker" CREATEDB INHERIT');
    expect(restore.out).toContain('WITH INHERIT FALSE, SET TRUE');
    const both = await till(['estate', 'grants', '--backup', '--operator']);
    expect(both).toMatchObject({ out: '', exit: 2 });
    expect(both.err).toContain('--operator and --backup are for different roles');
  });
});

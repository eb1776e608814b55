import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { findEstate } from '#estate/find.ts';
import { asName } from '#estate/from-context.ts';
import { estateSchema } from '#estate/schema.ts';
import { folderOf } from './folder.ts';

function estateNamed(name: string): string {
  return `apiVersion: till/v1\nid: 0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10\nname: ${name}\n`;
}

const kubeconfig = `
apiVersion: v1
kind: Config
current-context: eu-prod
clusters:
  - { name: c1, cluster: { server: "https://10.0.0.1:6443" } }
users:
  - { name: u, user: { token: top-secret } }
contexts:
  - { name: eu-prod, context: { cluster: c1, user: u, namespace: shops } }
  - { name: us-prod, context: { cluster: c2, user: u } }
`;

async function whereabouts(kube: string | null = null) {
  const folder = await folderOf();
  const home = await folderOf();
  if (kube !== null) {
    await mkdir(join(home, '.kube'));
    await writeFile(join(home, '.kube/config'), kube);
  }
  return { named: undefined, folder, env: { HOME: home } };
}

describe('which estate is meant', () => {
  it('the named file before all others, from the working folder', async () => {
    const at = await whereabouts();
    await writeFile(join(at.folder, 'estate.yaml'), estateNamed('usual'));
    await writeFile(join(at.folder, 'other.yaml'), estateNamed('other'));
    expect(await findEstate({ ...at, named: 'other.yaml' })).toMatchObject({
      name: 'other',
      path: join(at.folder, 'other.yaml'),
    });
    await expect(findEstate({ ...at, named: 'no.yaml' })).rejects.toMatchObject({ reason: 'no-estate' });
  });

  it('./estate.yaml, then the one in the configuration folder', async () => {
    const at = await whereabouts(kubeconfig);
    const configuration = await folderOf();
    await mkdir(join(configuration, 'till'));
    await writeFile(join(configuration, 'till/estate.yaml'), estateNamed('xdg'));
    const env = { ...at.env, XDG_CONFIG_HOME: configuration };
    expect((await findEstate({ ...at, env })).name).toBe('xdg');
    await writeFile(join(at.folder, 'estate.yaml'), estateNamed('here'));
    expect((await findEstate({ ...at, env })).name).toBe('here');
  });

  it('an invalid ./estate.yaml is an error, not a reason to look elsewhere', async () => {
    const at = await whereabouts(kubeconfig);
    await writeFile(join(at.folder, 'estate.yaml'), 'nme: x');
    await expect(findEstate(at)).rejects.toMatchObject({ reason: 'estate-invalid' });
  });
});

describe('without an estate file', () => {
  it('the current context is the estate, read-only, with no path', async () => {
    const estate = await findEstate(await whereabouts(kubeconfig));
    expect(estate).toMatchObject({
      name: 'eu-prod',
      mode: 'READ-ONLY',
      path: null,
      clusters: { 'eu-prod': { context: 'eu-prod' } },
      discover: [{ cluster: 'eu-prod', selector: 'app.kubernetes.io/name=odoo' }],
    });
    const { path: _path, ...file } = estate;
    expect(v.safeParse(estateSchema, file).success).toBe(true);
    expect(JSON.stringify(estate)).not.toContain('top-secret');
  });

  it('its id stays the same, and differs by server and by context', async () => {
    const idOf = async (text: string) => (await findEstate(await whereabouts(text))).id;
    const id = await idOf(kubeconfig);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
    expect(await idOf(kubeconfig)).toBe(id);
    expect(await idOf(kubeconfig.replace('10.0.0.1', '10.0.0.2'))).not.toBe(id);
    expect(await idOf(kubeconfig.replace('current-context: eu-prod', 'current-context: us-prod'))).not.toBe(id);
  });

  it('KUBECONFIG may name several files; the first that says something wins', async () => {
    const at = await whereabouts();
    const folder = await folderOf({
      'one.yaml': 'contexts: [{ name: a, context: { cluster: x } }]',
      'two.yaml': 'current-context: a\nclusters: [{ name: x, cluster: { server: s } }]',
    });
    const env = { ...at.env, KUBECONFIG: `${folder}/one.yaml:${folder}/missing.yaml:${folder}/two.yaml` };
    expect((await findEstate({ ...at, env })).name).toBe('a');
  });

  it.each([
    [null, 'there is no estate file and no kubeconfig; looked for'],
    ['contexts: [{ name: a, context: {} }]', 'has no current context; it has: a'],
    [
      'current-context: gone\ncontexts: [{ name: a, context: {} }]',
      'has no context "gone", its current one; it has: a',
    ],
    ['a: [', 'is not YAML'],
    ['[]', 'has no current context; it has: none'],
  ])('and with the kubeconfig %j it says what was looked for', async (kube, expected) => {
    const at = await whereabouts(kube);
    await expect(findEstate(at)).rejects.toMatchObject({ exit: 2, message: expect.stringContaining(expected) });
  });
});

describe('a name made from a context', () => {
  it.each([
    ['eu-prod', 'eu-prod'],
    ['arn:aws:eks:eu-west-1:1234:cluster/eu-prod', 'eu-prod'],
    ['gke_project_europe-west1_prod', 'gke_project_europe-west1_prod'],
    ['shops/api-example-com:6443/Anna', 'shops-api-example-com-6443-anna'],
    ['---', 'cluster'],
    ['ÅÄÖ', 'cluster'],
    [`x${'y'.repeat(80)}`, `x${'y'.repeat(62)}`],
  ])('%s → %s', (context, name) => {
    expect(asName(context)).toBe(name);
  });
});

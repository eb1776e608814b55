import { expect, it } from 'vitest';
import { each, type Json, partialAccept } from './client.ts';
import { configMap, configMaps, createSome, fresh, type Server } from './objects.ts';

const names = (list: Json): readonly string[] => each(list['items']).map(({ metadata }) => String(metadata?.['name']));
const token = (list: Json): string => encodeURIComponent(String(list['metadata']?.['continue']));

export function listContract(server: Server): void {
  it('are of one moment: a version for the list, and no kind in the items of a built-in kind', async () => {
    const selector = await createSome(server(), 2);
    const list = await server().admin.get(`${configMaps}?${selector}`);
    expect(list).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(Number(list['metadata']?.['resourceVersion'])).toBeGreaterThan(0);
    expect(list['items']?.[0]?.['kind']).toBeUndefined();
  });

  it('come in pages that show the moment of the first, whatever happens in between', async () => {
    const selector = await createSome(server(), 5);
    const first = await server().admin.get(`${configMaps}?${selector}&limit=2`);
    expect(names(first)).toHaveLength(2);
    await server().admin.ask(`${configMaps}/${(names(first)[0] ?? '').replace(/\d$/, '4')}`, { method: 'DELETE' });

    const next = token(first);
    const rest = await server().admin.get(`${configMaps}?${selector}&limit=10&continue=${next}`);
    expect(names(rest)).toHaveLength(3);
    expect(rest['metadata']?.['resourceVersion']).toBe(first['metadata']?.['resourceVersion']);
    expect(rest['metadata']?.['continue']).toBeUndefined();
  });

  it('count what remains, but not behind a selector', async () => {
    const selector = await createSome(server(), 3);
    const plain = await server().admin.get(`${configMaps}?limit=1`);
    expect(plain['metadata']?.['remainingItemCount']).toBeGreaterThanOrEqual(2);
    const selected = await server().admin.get(`${configMaps}?${selector}&limit=1`);
    expect(selected['metadata']?.['remainingItemCount']).toBeUndefined();
  });

  it('at resourceVersion 0 ignore the limit', async () => {
    await createSome(server(), 3);
    const list = await server().admin.get(`${configMaps}?resourceVersion=0&limit=1`);
    expect(names(list).length).toBeGreaterThanOrEqual(3);
    expect(list['metadata']?.['continue']).toBeUndefined();
  });

  it('are refused with 410 once their past is gone, and offer an inconsistent rest', async () => {
    const selector = await createSome(server(), 4);
    const first = await server().admin.get(`${configMaps}?${selector}&limit=2`);
    await server().admin.post(configMaps, configMap(fresh('later')));
    await server().compact();

    const next = token(first);
    const refused = await server().admin.ask(`${configMaps}?${selector}&limit=2&continue=${next}`);
    expect(refused.code).toBe(410);
    expect(refused.body).toMatchObject({ kind: 'Status', reason: 'Expired', code: 410 });
    expect(refused.body['message']).toMatch(/^The provided continue parameter is too old/);

    const offered = token(refused.body);
    const rest = await server().admin.get(`${configMaps}?${selector}&limit=2&continue=${offered}`);
    expect(names(rest)).toHaveLength(2);

    const version = first['metadata']?.['resourceVersion'];
    const exact = await server().admin.ask(
      `${configMaps}?${selector}&resourceVersion=${version}&resourceVersionMatch=Exact`,
    );
    expect([exact.code, exact.body['reason']]).toEqual([410, 'Expired']);
  });

  it('at a version of the future end in 504 and say when to come back', async () => {
    const answer = await server().admin.ask(`${configMaps}?resourceVersion=999999999&timeoutSeconds=1`);
    expect(answer.code).toBe(504);
    expect(answer.body).toMatchObject({ reason: 'Timeout', details: { retryAfterSeconds: 1 } });
    expect(answer.body['message']).toMatch(/^Timeout: Too large resource version: 999999999, current: \d+$/);
  });

  it('choose by labels and by fields', async () => {
    const batch = fresh('chosen');
    for (const [index, role] of ['web', 'cron', 'queue'].entries()) {
      await server().admin.post(configMaps, configMap(`${batch}-${index}`, { batch, role }));
    }
    const by = async (query: string): Promise<readonly string[]> =>
      names(await server().admin.get(`${configMaps}?${query}`));
    const only = `batch%3D${batch}`;
    expect(await by(`labelSelector=${only},role%3Dweb`)).toEqual([`${batch}-0`]);
    expect(await by(`labelSelector=${only},role!%3Dweb`)).toEqual([`${batch}-1`, `${batch}-2`]);
    expect(await by(`labelSelector=${only},role%20in%20(web,%20queue)`)).toEqual([`${batch}-0`, `${batch}-2`]);
    expect(await by(`labelSelector=${only},role%20notin%20(web,queue)`)).toEqual([`${batch}-1`]);
    expect(await by(`labelSelector=${only},!role`)).toEqual([]);
    expect(await by(`labelSelector=${only},role,!nothing`)).toHaveLength(3);
    expect(await by(`fieldSelector=metadata.name%3D${batch}-1`)).toEqual([`${batch}-1`]);
    expect(await by(`labelSelector=${only}&fieldSelector=metadata.name!%3D${batch}-1`)).toHaveLength(2);
  });

  it('give metadata alone to who wants no more', async () => {
    const selector = await createSome(server(), 1, { secret: 'no' });
    const list = await server().admin.get(
      `${configMaps}?${selector}`,
      partialAccept.replace('Metadata;', 'MetadataList;'),
    );
    expect(list).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(Object.keys(list['items']?.[0] ?? {}).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
  });

  it('are compressed from 128 KiB on, for who asks', async () => {
    const small = await createSome(server(), 1);
    const large = await createSome(server(), 3, { text: 'x'.repeat(50_000) });
    const encoding = async (selector: string, accept: string): Promise<unknown> =>
      (await server().admin.ask(`${configMaps}?${selector}`, { headers: { 'accept-encoding': accept } })).headers[
        'content-encoding'
      ];
    expect(await encoding(small, 'gzip')).toBeUndefined();
    expect(await encoding(large, 'gzip')).toBe('gzip');
    expect(await encoding(large, 'br, zstd, deflate')).toBeUndefined();
  });

  it('echo the Audit-ID that a client sends', async () => {
    const { headers } = await server().admin.ask(configMaps, { headers: { 'audit-id': '01JD0TILLOPERATION00000001' } });
    expect(headers['audit-id']).toBe('01JD0TILLOPERATION00000001');
  });
}

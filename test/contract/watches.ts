import { expect, it } from 'vitest';
import { type Json, mergePatch, partialAccept, tableAccept } from './client.ts';
import { configMap, configMaps, createSome, defineKind, fresh, type Server } from './objects.ts';

const watchList = 'watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
const nameIn = (event: Json | undefined): unknown => event?.['object']?.['metadata']?.['name'];

export function watchContract(server: Server): void {
  it('begin with what is there, when no version is given', async () => {
    const selector = await createSome(server(), 2);
    const events = await server().admin.watched(`${configMaps}?watch=1&${selector}&timeoutSeconds=1`);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED']);
    expect(events[0]?.['object']).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
  });

  it('go on from the version of a list, and tell changes in order', async () => {
    const name = fresh('followed');
    const { metadata } = await server().admin.get(configMaps);
    const watch = await server().admin.watch(
      `${configMaps}?watch=1&resourceVersion=${metadata?.['resourceVersion']}&fieldSelector=metadata.name%3D${name}`,
    );
    await server().admin.post(configMaps, configMap(name));
    await server().admin.ask(`${configMaps}/${name}`, {
      method: 'PATCH',
      headers: mergePatch,
      body: { data: { a: 'b' } },
    });
    await server().admin.ask(`${configMaps}/${name}`, { method: 'DELETE' });
    const events = [await watch.next(), await watch.next(), await watch.next()];
    watch.stop();
    expect(events.map((event) => event?.['type'])).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    const versions = events.map((event) => Number(event?.['object']?.['metadata']?.['resourceVersion']));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(new Set(versions).size).toBe(3);
  });

  it('show what enters and leaves a selector as ADDED and DELETED', async () => {
    const name = fresh('moving');
    await server().admin.post(configMaps, configMap(name));
    const { metadata } = await server().admin.get(configMaps);
    const watch = await server().admin.watch(
      `${configMaps}?watch=1&resourceVersion=${metadata?.['resourceVersion']}&labelSelector=moving%3D${name}`,
    );
    const label = (value: string | null) =>
      server().admin.ask(`${configMaps}/${name}`, {
        method: 'PATCH',
        headers: mergePatch,
        body: { metadata: { labels: { moving: value } } },
      });
    await label(name);
    await label(null);
    const events = [await watch.next(), await watch.next()];
    watch.stop();
    expect(events.map((event) => [event?.['type'], nameIn(event)])).toEqual([
      ['ADDED', name],
      ['DELETED', name],
    ]);
  });

  it('end cleanly when their time is up', async () => {
    const events = await server().admin.watched(`${configMaps}?watch=1&timeoutSeconds=1&labelSelector=no%3Dsuch`);
    expect(events).toEqual([]);
  });

  it('list and mark the end of the list, for WatchList', async () => {
    const selector = await createSome(server(), 2);
    const events = await server().admin.watched(`${configMaps}?${watchList}&${selector}&timeoutSeconds=1`);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'BOOKMARK']);
    expect(events.at(-1)?.['object']).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        resourceVersion: expect.stringMatching(/^\d+$/),
        annotations: { 'k8s.io/initial-events-end': 'true' },
      },
    });
  });

  it('do so for metadata alone', async () => {
    const selector = await createSome(server(), 1);
    const events = await server().admin.watched(
      `${configMaps}?${watchList}&${selector}&timeoutSeconds=1`,
      partialAccept,
    );
    expect(events.map(({ type, object }) => [type, object?.['kind']])).toEqual([
      ['ADDED', 'PartialObjectMetadata'],
      ['BOOKMARK', 'PartialObjectMetadata'],
    ]);
  });

  it('do so for tables: columns once, and a mark with a row that means nothing', async () => {
    const selector = await createSome(server(), 2);
    const events = await server().admin.watched(`${configMaps}?${watchList}&${selector}&timeoutSeconds=1`, tableAccept);
    expect(events.map(({ object }) => Array.isArray(object?.['columnDefinitions']))).toEqual([true, false, false]);
    expect(events[1]?.['object']?.['rows']).toHaveLength(1);
    const mark = events.at(-1)?.['object']?.['rows']?.[0];
    expect(mark?.['cells']?.[0]).toBe('');
    expect(mark?.['object']?.['metadata']?.['annotations']).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('refuse WatchList without its match', async () => {
    const answer = await server().admin.ask(`${configMaps}?watch=1&sendInitialEvents=true`);
    expect(answer.code).toBe(422);
    expect(answer.body['message']).toBe(
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting ' +
        'resourceVersionMatch to NotOlderThan',
    );
  });

  it('from a version that is forgotten say 410 inside the stream, after a 200', async () => {
    // A kind that was defined a moment ago has no past before that.
    const { path } = await defineKind(server());
    const answer = await server().admin.ask(`${path}?watch=1&resourceVersion=1&timeoutSeconds=3`);
    expect(answer.code).toBe(200);
    expect(answer.body).toMatchObject({ type: 'ERROR', object: { kind: 'Status', reason: 'Expired', code: 410 } });
    expect(answer.body['object']?.['message']).toMatch(/^too old resource version: 1 \(\d+\)$/);
  });

  it('from a version of the future stay silent, and as WatchList say 504 inside the stream', async () => {
    const plain = await server().admin.watched(`${configMaps}?watch=1&resourceVersion=999999999&timeoutSeconds=1`);
    expect(plain).toEqual([]);
    const listed = await server().admin.watched(
      `${configMaps}?${watchList}&resourceVersion=999999999&timeoutSeconds=2`,
    );
    expect(listed).toHaveLength(1);
    expect(listed[0]).toMatchObject({
      type: 'ERROR',
      object: { code: 504, reason: 'Timeout', details: { retryAfterSeconds: 1 } },
    });
  });

  it('answer their headers at once, also when nothing happens', async () => {
    const before = performance.now();
    const watch = await server().admin.watch(`${configMaps}?watch=1&labelSelector=no%3Dsuch&timeoutSeconds=30`);
    watch.stop();
    expect(performance.now() - before).toBeLessThan(5_000);
  });
}

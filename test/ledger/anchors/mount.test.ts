import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MountAnchor } from '#ledger/anchors/mount.ts';
import { checkpoint, estateId, origin, temporary } from './world.ts';

describe('another mount', () => {
  it('keeps a file for each checkpoint, which nobody writes again', async () => {
    const folder = await temporary();
    const anchor = new MountAnchor('usb', folder, null);
    const path = await anchor.put(checkpoint(37));
    expect(path).toBe(join(folder, 'checkpoints', origin, '37.txt'));
    expect(await readFile(path, 'utf8')).toBe(checkpoint(37).note);
    expect((await stat(path)).mode & 0o777).toBe(0o400);
    const again = await anchor.put(checkpoint(37, { note: 'something else' }));
    expect(again).not.toBe(path);
    expect(await readFile(path, 'utf8')).toBe(checkpoint(37).note);
  });

  it('gives back all that it holds of this estate, a heartbeat too', async () => {
    const folder = await temporary();
    const anchor = new MountAnchor('usb', folder, null);
    expect(await anchor.read(estateId)).toEqual({ notes: [], times: [], held: 0 });
    await anchor.put(checkpoint(5));
    await anchor.put(checkpoint(40));
    await anchor.put(checkpoint(40, { isHeartbeat: true }));
    await anchor.put(checkpoint(9, { origin: 'till/another' }));
    await writeFile(join(folder, 'checkpoints', origin, 'readme'), 'not a checkpoint');
    const { notes, times, held } = await anchor.read(estateId);
    expect(notes.map(({ note }) => note.split('\n')[1]).sort()).toEqual(['40', '40', '5']);
    expect([times.length, held]).toEqual([3, 3]);
  });

  it('that is not mounted is told; no folder is made in its place', async () => {
    const missing = join(await temporary(), 'mnt');
    const anchor = new MountAnchor('usb', missing, null);
    await expect(anchor.put(checkpoint(1))).rejects.toThrow('is it mounted?');
    await expect(anchor.read(estateId)).rejects.toThrow('could not be read');
    await expect(stat(missing)).rejects.toThrow('ENOENT');
  });

  it('says when it is on the same device as the ledger', async () => {
    const folder = await temporary();
    expect(await new MountAnchor('usb', folder, join(folder, 'state', 'ledger')).weakness()).toMatch(/same device/);
    expect(await new MountAnchor('usb', folder, '/proc/self').weakness()).toBeNull();
    expect(await new MountAnchor('usb', folder, null).weakness()).toBeNull();
  });
});

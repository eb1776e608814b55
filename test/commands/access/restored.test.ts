import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newWorld, type World } from '../../ledger/postgres/world.ts';
import { anEstate, peopleAndRules } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

it('a ledger restored from yesterday elevates nobody until two people have acknowledged what is lost', async () => {
  const estate = await anEstate(world, peopleAndRules);
  const usb = join(estate.folder, 'usb');
  await mkdir(usb);
  await estate.write(peopleAndRules, `, anchors: {usb: {mount: {path: ${usb}}}}`);
  await estate.adopt();
  const ask = 'access request --for 45m --tenants maple-toys --actions scale --reason queue -o name';
  expect((await estate.words('lea', 'ledger key new')).exit).toBe(0);
  expect((await estate.words('lea', 'ledger checkpoint')).exit).toBe(0);
  const approved = (await estate.words('alice', ask)).out.trim();
  expect((await estate.words('bob', `access approve ${approved} --yes`)).exit).toBe(0);

  // Last night's copy, then a day on which mallory's friend was locked, and then the copy in its place.
  const { sql } = world.server;
  const last = `${estate.database}_last_night`;
  await sql('postgres', `CREATE DATABASE ${last} TEMPLATE ${estate.database}`);
  expect((await estate.words('lea', 'access lock alice --reason stolen --yes')).exit).toBe(0);
  expect((await estate.words('lea', 'ledger checkpoint')).exit).toBe(0);
  expect((await estate.words('alice', `access activate ${approved}`)).exit).toBe(4);
  await sql('postgres', `ALTER DATABASE ${estate.database} RENAME TO ${estate.database}_gone`);
  await sql('postgres', `ALTER DATABASE ${last} RENAME TO ${estate.database}`);

  for (const line of [`access activate ${approved}`, ask]) {
    const refused = await estate.words('alice', line);
    expect(refused).toMatchObject({ exit: 4, err: expect.stringMatching(/set back: usb has seen \d+ entries/) });
    expect(refused.err).toContain('till ledger epoch open');
  }
  // What takes away is never in anybody's way.
  expect((await estate.words('bob', 'access lock alice --reason stolen --yes')).exit).toBe(0);

  const opened = await estate.json('lea', ['ledger', 'epoch', 'open', '--reason', 'restored from last night']);
  expect(opened['lost']).toMatchObject({ to: expect.any(Number) });
  const asBob = ask.replace('queue', 'again');
  expect((await estate.words('bob', asBob)).exit).toBe(4);
  for (const person of ['lea', 'leo']) {
    expect((await estate.words(person, 'ledger epoch acknowledge --reason known')).exit).toBe(0);
  }
  expect((await estate.words('bob', asBob)).exit).toBe(0);
}, 60_000);

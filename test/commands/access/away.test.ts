import { userInfo } from 'node:os';
import { expect, it } from 'vitest';
import { newWorld } from '../../ledger/postgres/world.ts';
import { anEstate, peopleAndRules } from './world.ts';

it('while the ledger is away nobody is elevated, and what takes away or breaks glass is kept on this host', async () => {
  const world = await newWorld();
  const mine = peopleAndRules.replace('{name: alice,', `{name: alice, os: ${userInfo().username},`);
  const estate = await anEstate(world, mine);
  await estate.adopt();
  const asking = [
    ...['access', 'request', '--for', '45m', '--tenants', 'maple-toys', '--actions', 'scale', '--reason', 'queue'],
    ...['-o', 'name'],
  ];
  const [active = '', approved = ''] = [
    (await estate.till('alice', asking)).out.trim(),
    (await estate.till('alice', asking)).out.trim(),
  ];
  for (const id of [active, approved]) {
    expect((await estate.words('bob', `access approve ${id} --yes`)).exit).toBe(0);
  }
  expect((await estate.words('alice', `access activate ${active}`)).exit).toBe(0);
  expect((await estate.words('alice', 'access list')).exit).toBe(0);
  await world.stop();

  expect((await estate.till('alice', asking)).exit).toBe(7);
  expect((await estate.words('alice', `access activate ${approved}`)).exit).toBe(7);
  expect((await estate.words('alice', `access approve ${approved} --yes`)).exit).toBeGreaterThan(0);
  expect((await estate.words('alice', `access revoke ${active} --reason odd`)).exit).toBe(0);
  expect((await estate.json('alice', ['access', 'show', active]))['status']).toBe('revoked');
  expect((await estate.words('alice', 'access lock bob --reason stolen')).exit).toBe(0);
  const broken = 'access break-glass --for 15m --tenants harbour-shoes --actions restart --reason fire --yes -o json';
  const glass = await estate.words('alice', broken);
  expect(glass.exit).toBe(0);
  expect(JSON.parse(glass.out)).toMatchObject({ form: 'break-glass', status: 'active' });
}, 60_000);

// Brings grants to where they belong, as the agent would, and kills itself with -9 at the event whose number it is given: when it begins, and
// after each entry of the ledger, each request to a system and each parcel, which is before the next. `dies.ts ESTATE GRANT mint|end|sweep NUMBER`; 0: lives, and prints how many there were.
import { end } from '#actions/access/credentials/end.ts';
import { lackedBy, mint } from '#actions/access/credentials/mint.ts';
import { openMintingWorld } from '#actions/access/credentials/open-world.ts';
import { parcelFolder } from '#actions/access/credentials/parcels.ts';
import { orphans, sweep } from '#actions/access/credentials/sweep.ts';
import type { MintingWorld } from '#actions/access/credentials/world.ts';
import { ledgerFolder, openLedger } from '#actions/context.ts';
import { findEstate } from '#estate/find.ts';
import { systemClock } from '#text/clock.ts';

const [estatePath = '', id = '', what = '', number = '0'] = process.argv.slice(2);
let events = 0;

function event(): void {
  events += 1;
  if (events === Number(number)) {
    process.kill(process.pid, 'SIGKILL');
  }
}

/** The same, with an event after each of these methods. */
function eventful<T extends object>(thing: T, methods: readonly string[]): T {
  return new Proxy(thing, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') {
        return value;
      }
      return methods.includes(String(name))
        ? async (...given: readonly unknown[]) => {
            const result: unknown = await Reflect.apply(value, target, given);
            event();
            return result;
          }
        : value.bind(target);
    },
  });
}

const env = process.env;
const estate = await findEstate({ named: estatePath, env, folder: '/' });
const ledger = openLedger(estate, systemClock, env);
const parcels = parcelFolder(ledgerFolder(estate, env));
const opened = openMintingWorld({
  estate,
  clock: systemClock,
  env,
  ledger,
  parcels,
  signal: new AbortController().signal,
});
const world: MintingWorld = {
  ...opened,
  ledger: eventful(ledger, ['append']),
  parcels: eventful(parcels, ['put', 'remove']),
  minter: async (cluster) => eventful(await opened.minter(cluster), ['makeAccount', 'bind', 'makeToken', 'take']),
  logins: async (server) => {
    const logins = await opened.logins(server);
    return logins === null ? null : eventful(logins, ['makeLogin', 'endLogin']);
  },
};
const grant = (await ledger.state()).grants.get(id);
if (grant === undefined) {
  throw new Error(`there is no grant ${id}`);
}
event();
const duties = {
  mint: async () => mint(grant, await lackedBy(grant, world), world),
  end: () => end(grant, world),
  sweep: async () => sweep((await orphans(world)).found, world),
};
const told = await duties[what as keyof typeof duties]();
await opened.close();
await ledger.close();
process.stderr.write(JSON.stringify({ ...told, events }));

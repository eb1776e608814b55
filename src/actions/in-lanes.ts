import type { Lane } from './action.ts';

/** At once, over all that were chosen: enough to be quick, few enough that a mistake is seen before it is everywhere. */
const width = 4;
/** Where each is bounded by what it shares with others: in all, on this host. */
const widest = 12;

/** Each in its turn, as soon as its lane has room: a server with many tenants keeps nobody waiting who lives on another. */
export async function inLanes<Item>(
  items: readonly Item[],
  laneOf: (item: Item) => Lane | null,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.map((item) => ({ item, lane: laneOf(item) }));
  const most = waiting.some(({ lane }) => lane !== null) ? widest : width;
  const running = new Map<Promise<void>, Lane | null>();
  const hasRoom = ({ lane }: (typeof waiting)[number]) =>
    lane === null ||
    [...running.values()].filter((other) => other?.name === lane.name).length < Math.max(1, lane.atATime);
  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < most ? waiting.findIndex(hasRoom) : -1;
    const [begun] = next === -1 ? [] : waiting.splice(next, 1);
    if (begun === undefined) {
      await Promise.race(running.keys());
      continue;
    }
    const one: Promise<void> = work(begun.item).finally(() => running.delete(one));
    running.set(one, begun.lane);
  }
}

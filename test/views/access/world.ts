import { actions, aStanding, type FakeDesk } from '../desks.ts';
import { nordic } from '../estates.ts';
import type { anAccess } from '../grants.ts';
import { openScreen, type TestScreen } from '../harness.ts';

export async function opened(
  desk: FakeDesk,
  access: ReturnType<typeof anAccess> | null,
  options: Parameters<typeof openScreen>[1] = {},
): Promise<TestScreen> {
  const screen = await openScreen(nordic(), { columns: 120, rows: 30, actions, desk: () => desk, ...options });
  await screen.shows('harbour', ': palette');
  desk.stand(aStanding({ access }));
  return screen;
}

/** Long enough for a question to have been seen. */
export const seen = (screen: TestScreen) => screen.clock.pass(400);

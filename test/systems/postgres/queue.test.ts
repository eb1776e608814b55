import { describe, expect, it } from 'vitest';
import { openQueue, type Queue, type Waiting } from '#systems/postgres/queue.ts';

const nobody: ReadonlySet<string> = new Set();

function queueOf(...waiting: readonly string[]): Queue<Waiting> {
  const queue = openQueue<Waiting>();
  for (const text of waiting) {
    queue.add({ database: text.replace('!', ''), urgent: text.endsWith('!') });
  }
  return queue;
}

function order(queue: Queue<Waiting>, here: string | null = null): readonly string[] {
  const served: string[] = [];
  for (let next = queue.next(here, nobody); next !== null; next = queue.next(here, nobody)) {
    served.push(next.database);
  }
  return served;
}

describe('the queue for connections', () => {
  it('serves those in trouble first, otherwise in the order they came', () => {
    expect(order(queueOf('a', 'b', 'c!', 'd!'))).toEqual(['c', 'd', 'a', 'b']);
  });

  it('forgets nobody, however many are urgent', () => {
    expect(order(queueOf('late', '1!', '2!', '3!', '4!', '5!', '6!'))).toEqual(['1', '2', '3', '4', 'late', '5', '6']);
  });

  it('prefers who can use the connection that is there', () => {
    expect(queueOf('a', 'b', 'c').next('b', nobody)).toMatchObject({ database: 'b' });
    expect(queueOf('a', 'b', 'c!').next('b', nobody)).toMatchObject({ database: 'c' });
  });

  it('sends nobody to a database that is being visited while another waits', () => {
    expect(queueOf('a', 'b').next(null, new Set(['a']))).toMatchObject({ database: 'b' });
    expect(queueOf('a', 'a').next(null, new Set(['a']))).toMatchObject({ database: 'a' });
  });

  it('lets go of those who need not wait', () => {
    const queue = queueOf('a', 'b!', 'a!');
    expect(queue.drain(({ database }) => database === 'a')).toHaveLength(2);
    expect(order(queue)).toEqual(['b']);
    expect(queue.size).toBe(0);
  });
});

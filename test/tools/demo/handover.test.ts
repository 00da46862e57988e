import { describe, expect, test } from 'vitest';
import { firstOfNext, repeatable } from '../../../tools/demo/handover.ts';
import { event, gap } from './records.ts';

const from = (collector: string, at: number) => ({ collector, at });

describe('the first Event of the next leader', () => {
  test('is the first one of another collector, not what the old one still sends after its signal', () => {
    const arrivals = [from('a', 90), from('a', 110), from('b', 320), from('b', 340)];
    expect(firstOfNext(arrivals, { collector: 'a', signalAt: 100 })).toEqual(from('b', 320));
  });

  test('does not come from before the signal: in earlier terms others led', () => {
    const arrivals = [from('b', 50), from('a', 90), from('c', 300)];
    expect(firstOfNext(arrivals, { collector: 'a', signalAt: 100 })).toEqual(from('c', 300));
  });

  test('may come from the same pod, once a new process was started in it', () => {
    const arrivals = [from('a', 90), from('a', 101), from('a', 1_250)];
    expect(firstOfNext(arrivals, { collector: 'a', signalAt: 100 })).toBeUndefined();
    expect(firstOfNext(arrivals, { collector: 'a', signalAt: 100, restartedAt: 1_100 })).toEqual(from('a', 1_250));
  });
});

describe('what a crash may send again', () => {
  test('is what had arrived beyond the token', () => {
    expect([...repeatable([event(7), event(8), event(9)], 7n)]).toEqual(['uid.8', 'uid.9']);
  });

  test('is told by number, not by text', () => {
    expect([...repeatable([event(99), event(100)], 99n)]).toEqual(['uid.100']);
  });

  test('holds no gap', () => {
    expect([...repeatable([gap], 0n)]).toEqual([]);
  });
});

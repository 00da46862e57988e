/** As-of is the time of the position: what was written before it has been read, or is no later than the position. */
import { describe, expect, test } from 'vitest';
import type { EventStream } from '../../../runtime/src/collection/event-source.ts';
import type { EventStore } from '../../support/event-source.ts';
import { type ManualClock, settled } from '../../support/manual-clock.ts';
import { tokenAt } from '../token/tokens.ts';
import { reading } from './reading.ts';

const startedAt = Date.parse('2029-12-31T19:00:00Z');
const token = tokenAt(95n, { asOf: startedAt });
const minute = 60_000;

describe('as-of after a list', () => {
  test.each([
    ['whose rest was read later, and inconsistently: is the time of its first page', true, 0],
    ['that began again: is the time of the first page of the last attempt', false, 10 * minute],
  ])('%s', async (_, offersRest, laterMs) => {
    const under = await reading({
      pageSize: 10,
      windowBytes: 1_000,
      accepting: false,
      offersRest,
      before: (events) => Array.from({ length: 25 }, (__, index) => events.create(`event-${100 + index}`)),
    });
    const { clock, store, progress } = under;
    await clock.pass(10 * minute);
    store.pass(1);
    store.compact();
    under.accepting = true;
    await under.take();
    await settled();
    expect(store.count('list')).toBeGreaterThan(2);
    expect(progress.live).toBe(startedAt + laterMs);
  });
});

describe('as-of during a watch', () => {
  /** Frames come one by one, each so much later. */
  const slowly = (events: EventStore, clock: ManualClock, ms: number) =>
    events.next('watch', (apply) => {
      const stream = apply() as EventStream;
      const closed = new AbortController();
      const next = async () => {
        await clock.sleep(ms, closed.signal);
        return stream.next();
      };
      const close = () => {
        closed.abort();
        stream.close();
      };
      return { acceptedAt: stream.acceptedAt, close, next } as never;
    });

  test('with a backlog still unread: never passes the last write that was read, however the window stands', async () => {
    const { clock, store, progress, taken } = await reading({
      token,
      before: (events, time) => {
        for (let written = 0; written < 300; written += 1) {
          events.create(`event-${written}`);
          time.advance(1_000);
        }
        slowly(events, time, 1_000);
      },
    });
    for (let second = 0; second < 200; second += 1) {
      await clock.pass(1_000);
      const lastRead = store.written[taken.length - 1]?.at ?? startedAt;
      expect(progress.live).toBeLessThanOrEqual(lastRead);
    }
  });

  test.each([
    ['no times of its writes', undefined],
    ['a forged time of its last write', [{ manager: 'forger', operation: 'Update', time: '2099-01-01T00:00:00Z' }]],
  ])('with an Event that has %s before an unread backlog: does not move past it', async (_, managedFields) => {
    const { progress } = await reading({
      token,
      windowBytes: 1_000,
      accepting: false,
      before: (events, time) => {
        const identity = { namespace: 'shop', name: 'first', uid: 'uid-1', resourceVersion: '96' };
        events.create('first', {
          metadata: { ...identity, creationTimestamp: '2029-12-31T19:00:00Z', managedFields },
        });
        events.create('unread');
        time.advance(50 * minute);
      },
    });
    expect(progress.live).toBe(startedAt);
  });

  test('with an unsettled Event whose times are forged: stands no later in the token than that Event may have been written', async () => {
    const under = await reading({
      token,
      accepting: false,
      before: (events, time) => {
        const identity = { namespace: 'shop', name: 'first', uid: 'uid-1', resourceVersion: '96' };
        const managedFields = [{ manager: 'forger', operation: 'Update', time: '2099-01-01T00:00:00Z' }];
        events.create('first', {
          metadata: { ...identity, creationTimestamp: '2029-12-31T19:00:00Z', managedFields },
        });
        time.advance(50 * minute);
      },
    });
    const { clock, store, progress } = under;
    await clock.pass(minute);
    store.create('second');
    await settled();
    expect(progress.live).toBe(startedAt + 51 * minute);
    expect(progress.token.asOf).toBe(startedAt);
    await under.take();
    expect(progress.token.asOf).toBe(startedAt + 51 * minute);
  });

  test('that brings only updates: is the time of the last probe that they have passed', async () => {
    const { clock, store, progress } = await reading({ token, before: (events) => events.create('one') });
    for (let written = 0; written < 60; written += 1) {
      await clock.pass(5_000);
      store.update('one');
      await settled();
    }
    expect(progress.live).toBeGreaterThan(startedAt + 4 * minute);
    expect(progress.live).toBeLessThanOrEqual(startedAt + 5 * minute);
  });

  test('that stays quiet: is the time of its acceptance after a retry period', async () => {
    const { clock, progress } = await reading({ token, before: (_, time) => time.advance(minute) });
    await clock.pass(14_999);
    expect(progress.live).toBe(startedAt);
    await clock.pass(1);
    expect(progress.live).toBe(startedAt + minute);
  });

  test('that another API server accepted, whose clock is ahead: is known to be told by that clock', async () => {
    const { clock, store, progress } = await reading({
      token,
      before: (events) => {
        events.answersAheadMs = 5 * minute;
      },
    });
    store.answersAheadMs = 0;
    await clock.pass(minute);
    expect(progress.live).toBe(startedAt + 5 * minute);
    expect(progress.skewOf(progress.liveMoment)).toBe(5 * minute);
  });

  test('that brings only deletions: is the time of the last probe that they have passed', async () => {
    const { clock, store, progress } = await reading({
      token,
      before: (events) => Array.from({ length: 100 }, (_, index) => events.create(`event-${index}`)),
    });
    for (let index = 0; index < 60; index += 1) {
      await clock.pass(5_000);
      store.delete(`event-${index}`);
      await settled();
    }
    expect(progress.live).toBeGreaterThan(startedAt + 4 * minute);
    expect(progress.live).toBeLessThanOrEqual(startedAt + 5 * minute);
  });
});

import { describe, expect, test, vi } from 'vitest';
import { Doorbell } from '../../../runtime/src/support/doorbell.ts';
import { manualClock, settled } from '../../support/manual-clock.ts';
import { listenersOf } from './listeners.ts';

const stopping = new Error('stopping');

describe('a ring', () => {
  test('wakes all who wait', async () => {
    const bell = new Doorbell();
    const { signal } = new AbortController();
    const waiting = [bell.rung(signal), bell.rung(signal)];
    bell.ring();
    await expect(Promise.all(waiting)).resolves.toEqual([undefined, undefined]);
    expect(listenersOf(signal)).toBe(0);
  });

  test('is not remembered for those who come later', async () => {
    const bell = new Doorbell();
    const { signal } = new AbortController();
    let woken = false;
    bell.ring();
    void bell.rung(signal).then(() => {
      woken = true;
    });
    await settled();
    expect(woken).toBe(false);
    bell.ring();
    await settled();
    expect(woken).toBe(true);
  });

  test('is heard by whoever began to wait within the same turn', async () => {
    const bell = new Doorbell();
    const clock = manualClock();
    const { signal } = new AbortController();
    const waiting = [bell.rung(signal), bell.rungWithin(1_000, clock, signal)];
    bell.ring();
    await expect(Promise.all(waiting)).resolves.toEqual([undefined, true]);
  });

  test('wakes once whoever waits again because of it', async () => {
    const bell = new Doorbell();
    const stop = new AbortController();
    let rings = 0;
    const loop = async () => {
      for (;;) {
        await bell.rung(stop.signal);
        rings += 1;
      }
    };
    const looping = expect(loop()).rejects.toBe(stopping);
    for (let times = 0; times < 3; times += 1) {
      bell.ring();
      await settled();
    }
    expect(rings).toBe(3);
    stop.abort(stopping);
    await looping;
  });

  test('reaches nobody who was woken or let go before', async () => {
    const bell = new Doorbell();
    const stop = new AbortController();
    const forgetting = vi.spyOn(stop.signal, 'removeEventListener');
    const woken = bell.rung(stop.signal);
    bell.ring();
    await woken;
    const letGo = expect(bell.rung(stop.signal)).rejects.toBe(stopping);
    stop.abort(stopping);
    await letGo;
    forgetting.mockClear();
    bell.ring();
    expect(forgetting).not.toHaveBeenCalled();
  });

  test('does no harm where nobody waits', () => {
    expect(() => new Doorbell().ring()).not.toThrow();
  });
});

describe('whoever waits', () => {
  test('is let go by an abort, with its reason, and forgotten', async () => {
    const bell = new Doorbell();
    const stop = new AbortController();
    const waiting = expect(bell.rung(stop.signal)).rejects.toBe(stopping);
    stop.abort(stopping);
    await waiting;
    bell.ring();
    expect(listenersOf(stop.signal)).toBe(0);
  });

  test('does not begin to where the signal is aborted already', async () => {
    const signal = AbortSignal.abort(stopping);
    await expect(new Doorbell().rung(signal)).rejects.toBe(stopping);
    expect(listenersOf(signal)).toBe(0);
  });

  test('for a time only is told whether it was rung', async () => {
    const bell = new Doorbell();
    const clock = manualClock();
    const { signal } = new AbortController();
    const inTime = bell.rungWithin(1_000, clock, signal);
    await clock.pass(999);
    bell.ring();
    await expect(inTime).resolves.toBe(true);
    const tooLate = bell.rungWithin(1_000, clock, signal);
    await clock.pass(1_000);
    bell.ring();
    await expect(tooLate).resolves.toBe(false);
  });

  test('for a time only leaves neither listener nor timer behind, however it ends', async () => {
    const bell = new Doorbell();
    const clock = manualClock();
    const stop = new AbortController();
    const rung = bell.rungWithin(1_000, clock, stop.signal);
    bell.ring();
    await rung;
    const over = bell.rungWithin(1_000, clock, stop.signal);
    await clock.pass(1_000);
    await over;
    expect(listenersOf(stop.signal)).toBe(0);
    expect(clock.sleeping).toBe(0);
    const aborted = expect(bell.rungWithin(1_000, clock, stop.signal)).rejects.toBe(stopping);
    stop.abort(stopping);
    await aborted;
    await expect(bell.rungWithin(1_000, clock, stop.signal)).rejects.toBe(stopping);
    expect(listenersOf(stop.signal)).toBe(0);
    expect(clock.sleeping).toBe(0);
  });
});

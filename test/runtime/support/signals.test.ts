import { describe, expect, test } from 'vitest';
import { CollectorError } from '../../../runtime/src/support/errors.ts';
import { linked, untilAborted, workUntil } from '../../../runtime/src/support/signals.ts';
import { settled } from '../../support/manual-clock.ts';
import { listenersOf } from './listeners.ts';

const stopping = new Error('stopping');

describe('a linked controller', () => {
  test('aborts with the reason of whichever parent aborts first', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal } = linked(one.signal, other.signal);
    expect(signal.aborted).toBe(false);
    other.abort(stopping);
    one.abort(new Error('too late'));
    expect(signal.reason).toBe(stopping);
  });

  test('is aborted from the start where a parent is', () => {
    const open = new AbortController();
    const { signal } = linked(open.signal, AbortSignal.abort(stopping));
    expect(signal.reason).toBe(stopping);
    expect(listenersOf(open.signal)).toBe(0);
  });

  test('does not abort its parents', () => {
    const parent = new AbortController();
    linked(parent.signal).abort(stopping);
    expect(parent.signal.aborted).toBe(false);
  });

  test.each<[string, (scope: ReturnType<typeof linked>, parents: readonly AbortController[]) => void]>([
    ['it is aborted', (scope) => scope.abort()],
    ['it is released', (scope) => scope.release()],
    ['one of them aborted', (_, [parent]) => parent?.abort()],
  ])('leaves nothing with its parents once %s', (_, end) => {
    const parents = [new AbortController(), new AbortController()];
    const scope = linked(...parents.map(({ signal }) => signal));
    expect(parents.map(({ signal }) => listenersOf(signal))).toEqual([1, 1]);
    end(scope, parents);
    expect(parents.map(({ signal }) => listenersOf(signal))).toEqual([0, 0]);
  });

  test('that was released follows its parents no longer, but can still be aborted', () => {
    const parent = new AbortController();
    const scope = linked(parent.signal);
    scope.release();
    parent.abort(stopping);
    expect(scope.signal.aborted).toBe(false);
    scope.abort('own reason');
    expect(scope.signal.reason).toBe('own reason');
  });
});

describe('waiting for an abort', () => {
  test('ends with the first, and lets go of the others', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    let ended = false;
    const waiting = untilAborted(one.signal, other.signal).then(() => {
      ended = true;
    });
    await settled();
    expect(ended).toBe(false);
    one.abort();
    await waiting;
    expect(listenersOf(other.signal)).toBe(0);
  });

  test('ends at once where one is aborted already', async () => {
    await expect(untilAborted(new AbortController().signal, AbortSignal.abort())).resolves.toBeUndefined();
  });
});

describe('work until a stop', () => {
  test('fails with a defect even after the stop', async () => {
    const stop = new AbortController();
    const work = workUntil(stop.signal, new AbortController().signal, async (either) => {
      await untilAborted(either);
      throw new TypeError('a defect');
    });
    stop.abort(stopping);
    await expect(work).rejects.toThrow('a defect');
  });

  const untilGivenUp = async (either: AbortSignal) => {
    await untilAborted(either);
    either.throwIfAborted();
  };

  test('ends of itself, and leaves nothing with its signals', async () => {
    const [stop, scope] = [new AbortController(), new AbortController()];
    let given: AbortSignal | undefined;
    await workUntil(stop.signal, scope.signal, async (either) => {
      given = either;
      await settled();
    });
    expect(given?.aborted).toBe(true);
    expect([listenersOf(stop.signal), listenersOf(scope.signal)]).toEqual([0, 0]);
  });

  test('is ended by the stop, which is no failure', async () => {
    const [stop, scope] = [new AbortController(), new AbortController()];
    const working = workUntil(stop.signal, scope.signal, untilGivenUp);
    stop.abort();
    await expect(working).resolves.toBeUndefined();
    expect(listenersOf(scope.signal)).toBe(0);
  });

  test('fails with what it throws, where there was no stop', async () => {
    const [stop, scope] = [new AbortController(), new AbortController()];
    const working = workUntil(stop.signal, scope.signal, () => Promise.reject(new TypeError('a defect')));
    await expect(working).rejects.toThrow('a defect');
  });

  test('fails by an abort of its scope, even after a stop', async () => {
    const [stop, scope] = [new AbortController(), new AbortController()];
    const over = new CollectorError('TERM_OVER', 'over');
    await expect(
      workUntil(stop.signal, scope.signal, async () => {
        stop.abort();
        scope.abort(over);
        scope.signal.throwIfAborted();
      }),
    ).rejects.toBe(over);
  });
});

import { describe, expect, test } from 'vitest';
import { untilAborted } from '../../../runtime/src/support/signals.ts';
import { runTogether, type Task } from '../../../runtime/src/support/tasks.ts';
import { settled } from '../../support/manual-clock.ts';
import { listenersOf } from './listeners.ts';

const patient: Task = async (signal) => {
  await untilAborted(signal);
  signal.throwIfAborted();
};

const failing =
  (message: string): Task =>
  async () => {
    await settled();
    throw new Error(message);
  };

describe('tasks that run together', () => {
  test('have all ended when it is over', async () => {
    const ended: number[] = [];
    await runTogether(new AbortController().signal, [
      async () => {
        await settled();
        ended.push(1);
      },
      async () => {
        ended.push(2);
      },
    ]);
    expect(ended).toEqual([2, 1]);
  });

  test('are aborted by the first failure, which is thrown after all have ended', async () => {
    let steppedDown = false;
    const slow: Task = async (signal) => {
      await untilAborted(signal);
      await settled();
      steppedDown = true;
      throw new Error('a consequence');
    };
    await expect(runTogether(new AbortController().signal, [slow, failing('the cause')])).rejects.toThrow('the cause');
    expect(steppedDown).toBe(true);
  });

  test('fail even where what was thrown is undefined', async () => {
    const thrown = await runTogether(new AbortController().signal, [() => Promise.reject(undefined)]).then(
      () => 'nothing',
      (error: unknown) => error,
    );
    expect(thrown).toBeUndefined();
  });

  test('fail together where one throws before it has waited for anything', async () => {
    const hasty: Task = () => {
      throw new Error('at once');
    };
    await expect(runTogether(new AbortController().signal, [patient, hasty, patient])).rejects.toThrow('at once');
  });

  test('are ended by their parent, with its reason', async () => {
    const parent = new AbortController();
    const running = expect(runTogether(parent.signal, [patient, patient])).rejects.toThrow('stopping');
    parent.abort(new Error('stopping'));
    await running;
  });

  test('leave nothing with their parent', async () => {
    const parent = new AbortController();
    await runTogether(parent.signal, [() => Promise.resolve()]);
    await runTogether(parent.signal, [failing('a failure'), patient]).catch(() => undefined);
    expect(listenersOf(parent.signal)).toBe(0);
  });
});

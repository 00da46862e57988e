import { describe, expect, test } from 'vitest';
import { unlessAborted } from '../../../tools/demo/patience.ts';

const never = new Promise<never>(() => undefined);

describe('a wait', () => {
  test('gives what was waited for', async () => {
    await expect(unlessAborted(new AbortController().signal, Promise.resolve(7))).resolves.toBe(7);
  });

  test('ends with the reason of the signal, also if it was given before', async () => {
    const stopping = new AbortController();
    const waiting = unlessAborted(stopping.signal, never);
    stopping.abort(new Error('Ctrl-C'));
    await expect(waiting).rejects.toThrow('Ctrl-C');
    await expect(unlessAborted(stopping.signal, never)).rejects.toThrow('Ctrl-C');
  });
});

import { describe, expect, onTestFinished, test } from 'vitest';
import { Doorbell } from '../../../runtime/src/support/doorbell.ts';
import { Checkpointer, isWorthWriting } from '../../../runtime/src/token/checkpointer.ts';
import type { ResumeToken } from '../../../runtime/src/token/resume-token.ts';
import { manualClock, settled } from '../../support/manual-clock.ts';
import { tokenAt } from './tokens.ts';

const claimed = tokenAt(100n, { asOf: 0 });

/** A checkpointer under way, every 5 s, and as-of alone every 600 s. */
function checkpointing({ written }: { readonly written: ResumeToken | undefined } = { written: claimed }) {
  const clock = manualClock();
  const due = new Doorbell();
  const stop = new AbortController();
  const writes: { readonly position: bigint; readonly at: number }[] = [];
  const releases: bigint[] = [];
  const state = { token: claimed, succeeds: true, isClaimed: true };
  const checkpointer = new Checkpointer(
    {
      store: {
        write: (token) => {
          writes.push({ position: token.position, at: clock.now() });
          return Promise.resolve(state.succeeds);
        },
        release: (token) => {
          releases.push(token.position);
          return Promise.resolve(state.succeeds);
        },
        get isClaimed() {
          return state.isClaimed;
        },
      },
      current: () => state.token,
      intervalMs: 5_000,
      asOfIntervalMs: 600_000,
      due,
      clock,
    },
    written,
  );
  const ended = checkpointer.run(stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  const move = (position: bigint) => {
    state.token = { ...state.token, position };
  };
  return { clock, due, writes, releases, state, move, checkpointer };
}

describe('the checkpointer', () => {
  test('writes at most once in an interval, however often the token moves', async () => {
    const { clock, writes, move } = checkpointing();
    for (let second = 1; second <= 20; second += 1) {
      move(100n + BigInt(second));
      await clock.pass(1_000);
    }
    expect(writes.map(({ at }) => at)).toEqual([5_000, 10_000, 15_000, 20_000]);
    expect(writes.at(-1)?.position).toBe(120n);
  });

  test('writes only every ten minutes while nothing moves, so that its claim is not taken for abandoned', async () => {
    const { clock, writes } = checkpointing();
    await clock.pass(3_600_000);
    expect(writes.map(({ at }) => at / 600_000)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('writes at once when it is due, and goes on at its interval after that', async () => {
    const { clock, due, writes, move } = checkpointing();
    await clock.pass(1_500);
    move(200n);
    due.ring();
    await settled();
    expect(writes).toEqual([{ position: 200n, at: 1_500 }]);
    move(300n);
    await clock.pass(4_999);
    expect(writes).toHaveLength(1);
    await clock.pass(1);
    expect(writes.at(-1)).toEqual({ position: 300n, at: 6_500 });
  });

  test('writes as-of alone when it is a sixth of the TTL older than what stands there, not sooner', async () => {
    const { clock, writes, state } = checkpointing();
    state.token = { ...claimed, asOf: 599_999 };
    await clock.pass(60_000);
    expect(writes).toEqual([]);
    state.token = { ...claimed, asOf: 600_000 };
    await clock.pass(60_000);
    expect(writes).toHaveLength(1);
  });

  test('tries a failed write again at the next interval, with what is settled by then, not sooner and for ever', async () => {
    const { clock, writes, state, move } = checkpointing();
    state.succeeds = false;
    move(200n);
    await clock.pass(15_000);
    expect(writes).toHaveLength(3);
    move(300n);
    state.succeeds = true;
    await clock.pass(60_000);
    expect(writes.slice(3)).toEqual([{ position: 300n, at: 20_000 }]);
  });

  test('writes from the first interval on where the claim could not be written', async () => {
    const { clock, writes } = checkpointing({ written: undefined });
    await clock.pass(60_000);
    expect(writes).toEqual([{ position: 100n, at: 5_000 }]);
  });
});

describe('the end of a term in order', () => {
  const { signal } = new AbortController();

  test('removes the claim, though nothing has moved', async () => {
    const { checkpointer, releases, writes } = checkpointing();
    await checkpointer.finish(signal);
    expect([releases, writes]).toEqual([[100n], []]);
  });

  test('writes nothing if nothing has moved and there is no claim of its own', async () => {
    const { checkpointer, releases, state } = checkpointing();
    state.isClaimed = false;
    await checkpointer.finish(signal);
    expect(releases).toEqual([]);
  });
});

test.each<[string, boolean, Partial<ResumeToken>]>([
  ['the same again', false, {}],
  ['another position', true, { position: 101n }],
  ['another history', true, { history: 1 }],
  ['a sink that went ahead', true, { sinks: new Map([['archive', 110n]]) }],
  ['a gap that is not owed any more', true, { gapFrom: undefined }],
  ['an as-of a little later', false, { asOf: 599_999 }],
  ['an as-of much later', true, { asOf: 600_000 }],
  ['an as-of that is not known any more', false, { asOf: undefined }],
])('%s: worth a write of its own is %s', (_, worth, change) => {
  const before = tokenAt(100n, { asOf: 0, gapFrom: { resourceVersion: '90' } });
  expect(isWorthWriting(before, { ...before, ...change }, 600_000)).toBe(worth);
});

import { describe, expect, test } from 'vitest';
import { LifetimeEvidence } from '../../../runtime/src/collection/lifetime-evidence.ts';
import { Progress } from '../../../runtime/src/collection/progress.ts';
import { Window } from '../../../runtime/src/collection/window.ts';
import { settled } from '../../support/manual-clock.ts';
import { refusal } from '../../support/named-object.ts';
import { eventRecord } from '../../support/records.ts';
import { tokenAt } from '../token/tokens.ts';
import { reading } from './reading.ts';

const minute = 60_000;

/** Progress from a token at 100 whose as-of is 1,000. */
function progressing(overrides: Parameters<typeof tokenAt>[1] = {}) {
  const token = tokenAt(100n, { asOf: 1_000, history: 2, ...overrides });
  const window = new Window(1_000, [
    { name: 'archive', required: true, position: token.position },
    { name: 'tail', required: false, position: token.position },
  ]);
  const progress = new Progress(
    token,
    window,
    { api: () => 10 * minute, own: () => 10 * minute },
    new LifetimeEvidence({ eventTtlMs: 3_600_000, namespaces: 2, facts: undefined }),
  );
  const push = (number: number, since: number, clockOffset?: number) => {
    const version = BigInt(number);
    window.push({ record: eventRecord(number), version, position: version, bytes: 10, since, clockOffset });
  };
  const settle = (records = 1_000, sink = 'archive') => {
    const batch = window.batchFor(sink, { records, bytes: 1_000 });
    if (batch !== undefined) window.settle(sink, batch.end);
  };
  return { window, progress, push, settle, token };
}

describe('as-of', () => {
  test('begins as it was handed on, and rises with every moment at which reading was live', () => {
    const { progress, token } = progressing();
    expect(progress.token).toEqual(token);
    progress.wasLive(2_000);
    progress.wasLive(1_500);
    expect(progress.token.asOf).toBe(2_000);
  });

  test('falls back where it was told by a clock that was hours ahead', () => {
    const { progress } = progressing({ asOf: 600 * minute });
    progress.wasLive(9 * minute);
    expect(progress.token.asOf).toBe(9 * minute);
    progress.wasLive(300 * minute);
    progress.wasLive(9.5 * minute);
    expect(progress.token.asOf).toBe(9.5 * minute);
  });

  test('stays where the clocks of two API servers differ by minutes', () => {
    const { progress } = progressing();
    progress.wasLive(19 * minute);
    progress.wasLive(9 * minute);
    expect(progress.token.asOf).toBe(19 * minute);
  });

  test('never covers what was read and is not settled, in whatever order it was written', () => {
    const { progress, push, settle } = progressing();
    progress.wasLive(5_000);
    push(101, 4_000);
    push(102, 3_000);
    push(103, 4_500);
    expect(progress.token.asOf).toBe(3_000);
    settle(2);
    expect(progress.token.asOf).toBe(4_500);
    settle();
    expect(progress.token.asOf).toBe(5_000);
  });

  test('does not wait for sinks that do not hold the token back', () => {
    const { progress, push, settle } = progressing();
    push(101, 4_000);
    progress.wasLive(5_000);
    settle();
    expect(progress.token).toMatchObject({ position: 101n, asOf: 5_000 });
  });

  test('stays unknown where it was, until reading was live; and is unknown while an unsettled record makes it so', () => {
    const { progress, push, settle } = progressing({ asOf: undefined });
    push(101, 4_000);
    expect(progress.token.asOf).toBeUndefined();
    progress.wasLive(5_000);
    expect(progress.token.asOf).toBe(4_000);
    push(102, Number.NEGATIVE_INFINITY);
    expect(progress.token.asOf).toBeUndefined();
    settle();
    expect(progress.token.asOf).toBe(5_000);
  });
});

describe('the clock by which as-of was told', () => {
  test('is that of the unsettled record while that holds as-of back, and then that of the last live moment', () => {
    const { progress, push, settle } = progressing();
    push(101, 4_000, 60_000);
    progress.wasLive(5_000, 7);
    expect(progress.token).toMatchObject({ asOf: 4_000, facts: { clockOffsetMs: 60_000 } });
    settle();
    expect(progress.token).toMatchObject({ asOf: 5_000, facts: { clockOffsetMs: 7 } });
  });
});

describe('the token of a term', () => {
  test('names sinks that are ahead, and leaves them out once the slowest has come as far', () => {
    const { progress, push, settle } = progressing();
    push(101, 0);
    settle(1, 'tail');
    expect(progress.token.sinks).toEqual(new Map([['tail', 101n]]));
    settle();
    expect(progress.token.sinks).toEqual(new Map());
  });

  test('after a rewind stands at the beginning of the next history, and owes the gap until the first list is settled', () => {
    const { progress, push, settle, window } = progressing();
    progress.saw(120n);
    push(101, 0);
    settle();
    progress.rewind();
    const gapFrom = { resourceVersion: '101', time: '1970-01-01T00:00:01.000Z' };
    expect(progress.token).toEqual(tokenAt(0n, { asOf: 1_000, history: 3, gapFrom }));
    expect(progress.highest).toBe(0n);
    window.push({ record: eventRecord(1), version: undefined, position: undefined, bytes: 1, since: 1_000 });
    window.advance(50n);
    expect(progress.token).toMatchObject({ position: 0n, gapFrom });
    settle();
    expect(progress.token).toMatchObject({ position: 50n, gapFrom: undefined });
    push(51, 0);
    expect(progress.token).toMatchObject({ position: 50n, gapFrom: undefined });
  });

  test('remembers the highest resourceVersion that was seen, delivered or not', () => {
    const { progress } = progressing();
    expect(progress.highest).toBe(100n);
    progress.saw(300n);
    progress.saw(200n);
    expect(progress.highest).toBe(300n);
  });
});

describe('a leader of a quiet cluster', () => {
  const start = Date.parse('2029-12-31T19:00:00Z');

  test('through three TTLs keeps an as-of that is younger than the TTL, so that no gap is recorded for it', async () => {
    const { clock, progress, store } = await reading({ token: tokenAt(95n, { asOf: start }) });
    for (let passed = 0; passed < 180; passed += 1) {
      await clock.pass(minute);
      if (passed > 10) expect(store.time - (progress.token.asOf ?? 0)).toBeLessThan(30 * minute);
    }
  });

  test('and whose watches are refused keeps the as-of of when it last could read', async () => {
    const { clock, progress, store } = await reading({ token: tokenAt(95n, { asOf: start }) });
    await clock.pass(30_000);
    const { asOf } = progress.token;
    expect(asOf).toBe(start);
    for (let refusals = 0; refusals < 1_000; refusals += 1) store.next('watch', refusal('API_FORBIDDEN'));
    store.endStreams();
    await clock.pass(3 * 60 * minute);
    expect(progress.token.asOf).toBe(asOf);
  });

  test('counts a watch as live only once it has stood for a retry period', async () => {
    const { clock, progress, store } = await reading({ token: tokenAt(95n, { asOf: start - minute }) });
    await clock.pass(14_999);
    expect(progress.token.asOf).toBe(start - minute);
    await clock.pass(1);
    expect(progress.token.asOf).toBe(start);
    store.create('one');
    await settled();
    expect(progress.token.asOf).toBe(start + 15_000);
  });
});

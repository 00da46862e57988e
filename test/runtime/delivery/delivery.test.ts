import { fc, runs } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../runtime/src/delivery/sink.ts';
import { settled } from '../../support/manual-clock.ts';
import { endOf, accepted, misconfigured, range, retry, type Sending, sending } from './sending.ts';

const batches = ({ sink }: Sending) => sink.sent.map(({ numbers }) => numbers);

describe('a batch', () => {
  test('leaves as soon as the sink is free, and what arrives meanwhile makes the next', async () => {
    const delivery = sending();
    await delivery.arrive([1]);
    for (const number of range(2, 40)) await delivery.arrive([number]);
    expect(batches(delivery)).toEqual([[1]]);

    await delivery.answer(accepted);
    expect(batches(delivery)).toEqual([[1], range(2, 40)]);
    await delivery.answer(accepted);
    expect(delivery.sink.open).toBe(0);

    await delivery.arrive([41]);
    expect(batches(delivery)).toEqual([[1], range(2, 40), [41]]);
  });

  test('waits for nothing where a sink is free: no time passes between arrival and request', async () => {
    const delivery = sending();
    await delivery.clock.pass(1_234);
    await delivery.arrive([1]);
    expect(delivery.sink.latest.at).toBe(1_234);
  });

  test('holds as many records as the limit allows', async () => {
    const delivery = sending({ limits: { records: 3, bytes: 1_048_576 } });
    delivery.sink.script.push(accepted, accepted, accepted);
    await delivery.arrive(range(1, 7));
    expect(batches(delivery)).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });

  test('holds as many bytes as the limit allows, to the byte', async () => {
    const delivery = sending({ limits: { records: 500, bytes: 3_000 } });
    delivery.sink.script.push(accepted, accepted);
    await delivery.arrive(range(1, 6), 1_000);
    expect(batches(delivery)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test('admits one record that is larger than the limit, alone', async () => {
    const delivery = sending({ limits: { records: 500, bytes: 3_000 } });
    await delivery.arrive([1], 10);
    await delivery.arrive([2], 3_001);
    await delivery.arrive([3], 10);
    delivery.sink.script.push(accepted, accepted);
    await delivery.answer(accepted);
    expect(batches(delivery)).toEqual([[1], [2], [3]]);
  });

  test('leaves out what the sink had in an earlier term, without a request where nothing else is left', async () => {
    const delivery = sending({ had: 3n });
    await delivery.arrive([1, 2, 3]);
    expect(delivery.sink.sent).toEqual([]);
    expect(delivery.window.records).toBe(0);

    await delivery.arrive([3, 4]);
    expect(batches(delivery)).toEqual([[4]]);
  });
});

describe('an accepted batch', () => {
  test('is settled, and whoever waits for that is told', async () => {
    const delivery = sending();
    await delivery.arrive([1, 2]);
    expect([delivery.window.settledThrough, delivery.settledRings()]).toEqual([0n, 0]);
    await delivery.answer(accepted);
    expect([delivery.window.settledThrough, delivery.settledRings()]).toEqual([2n, 1]);
    expect(delivery.window.bytes).toBe(0);
  });

  test('is told with its size and how long the sink took', async () => {
    const delivery = sending();
    await delivery.arrive([1, 2]);
    await delivery.clock.pass(250);
    await delivery.answer(accepted);
    expect(delivery.happenings).toEqual([{ what: 'batch accepted', sink: 'archive', records: 2, milliseconds: 250 }]);
  });
});

describe('a batch that was not accepted', () => {
  test('is repeated whole, alone and for ever, and settles nothing', async () => {
    const delivery = sending();
    delivery.sink.script.push(...Array.from({ length: 100 }, () => retry));
    await delivery.arrive([1, 2]);
    await delivery.arrive([3]);
    await delivery.clock.pass(3_000_000);
    expect(batches(delivery)).toEqual(Array.from({ length: 101 }, () => [1, 2]));
    expect(delivery.window.settledThrough).toBe(0n);
    expect(delivery.settledRings()).toBe(0);
  });

  test('is repeated after half a second, which doubles up to half a minute', async () => {
    const delivery = sending();
    delivery.sink.script.push(...Array.from({ length: 8 }, () => retry));
    await delivery.arrive([1]);
    await delivery.clock.pass(100_000);
    expect(delivery.sink.sent.map(({ at }) => at)).toEqual([
      0, 500, 1_500, 3_500, 7_500, 15_500, 31_500, 61_500, 91_500,
    ]);
  });

  test.each([
    [0.5, [0, 250, 750, 1_750]],
    [0.01, [0, 5, 15, 35]],
  ])('is repeated within those bounds as chance has it (%d of them)', async (chance, times) => {
    const delivery = sending({ random: () => chance });
    delivery.sink.script.push(retry, retry, retry);
    await delivery.arrive([1]);
    await delivery.clock.pass(10_000);
    expect(delivery.sink.sent.map(({ at }) => at)).toEqual(times);
  });

  test('leaves no trace in the pace of the next one', async () => {
    const delivery = sending();
    delivery.sink.script.push(retry, retry, retry, accepted, retry);
    await delivery.arrive([1]);
    await delivery.clock.pass(10_000);
    await delivery.arrive([2]);
    await delivery.clock.pass(10_000);
    expect(delivery.sink.sent.map(({ at }) => at)).toEqual([0, 500, 1_500, 3_500, 10_000, 10_500]);
  });

  test('is not repeated before the time that the sink asked for', async () => {
    const delivery = sending({ random: () => 0.01 });
    delivery.sink.script.push({ ...retry, afterMs: 45_000 });
    await delivery.arrive([1]);
    await delivery.clock.pass(44_999);
    expect(delivery.sink.sent).toHaveLength(1);
    await delivery.clock.pass(1);
    expect(delivery.sink.sent).toHaveLength(2);
  });

  test('is not repeated sooner because the sink asked for little time', async () => {
    const delivery = sending();
    delivery.sink.script.push({ ...retry, afterMs: 1 });
    await delivery.arrive([1]);
    await delivery.clock.pass(499);
    expect(delivery.sink.sent).toHaveLength(1);
    await delivery.clock.pass(1);
    expect(delivery.sink.sent).toHaveLength(2);
  });

  test.each([
    [0, 15_000],
    [1, 30_000],
  ])('waits for a person from the first answer on that needs one (chance %d: %d ms)', async (chance, wait) => {
    const delivery = sending({ random: () => chance });
    delivery.sink.script.push(misconfigured, misconfigured);
    await delivery.arrive([1]);
    await delivery.clock.pass(2 * wait);
    expect(delivery.sink.sent.map(({ at }) => at)).toEqual([0, wait, 2 * wait]);
  });

  test('is told with the reason, and whether it waits for a person', async () => {
    const delivery = sending();
    delivery.sink.script.push(retry, misconfigured);
    await delivery.arrive([1, 2]);
    await delivery.clock.pass(500);
    const told = { what: 'batch retried', sink: 'archive', records: 2 };
    expect(delivery.happenings).toEqual([
      { ...told, reason: 'no space', misconfigured: false, failures: 1 },
      { ...told, reason: 'wrong path', misconfigured: true, failures: 2 },
    ]);
  });
});

describe('after a stop', () => {
  test('whoever waits for records ends at once', async () => {
    const delivery = sending();
    delivery.stop.abort();
    await expect(delivery.ended).resolves.toBeUndefined();
    await delivery.arrive([1]);
    expect(delivery.sink.sent).toEqual([]);
  });

  test('the open request is awaited, its answer settles it, and nothing more is sent', async () => {
    const delivery = sending();
    let ended = false;
    void delivery.ended.then(() => {
      ended = true;
    });
    await delivery.arrive([1]);
    await delivery.arrive([2]);
    delivery.stop.abort();
    await delivery.clock.pass(60_000);
    expect(ended).toBe(false);
    expect(delivery.sink.latest.signal.aborted).toBe(false);

    await delivery.answer(accepted);
    expect(ended).toBe(true);
    expect(delivery.window.settledThrough).toBe(1n);
    expect(batches(delivery)).toEqual([[1]]);
  });

  test('a request that was not accepted is not repeated, and settles nothing', async () => {
    const delivery = sending();
    await delivery.arrive([1]);
    delivery.stop.abort();
    await delivery.answer(retry);
    await expect(delivery.ended).resolves.toBeUndefined();
    expect(delivery.sink.sent).toHaveLength(1);
    expect([delivery.window.settledThrough, delivery.settledRings()]).toEqual([0n, 0]);
  });

  test.each([retry, misconfigured])('a wait before a repetition ends at once ($kind)', async (answer) => {
    const delivery = sending();
    delivery.sink.script.push(answer);
    await delivery.arrive([1]);
    delivery.stop.abort();
    await expect(delivery.ended).resolves.toBeUndefined();
    expect(delivery.clock.sleeping).toBe(0);
    expect(delivery.sink.sent).toHaveLength(1);
    expect(delivery.window.settledThrough).toBe(0n);
  });

  test('an abort reaches the open request', async () => {
    const delivery = sending();
    await delivery.arrive([1]);
    delivery.stop.abort();
    delivery.abort.abort();
    expect(delivery.sink.latest.signal.aborted).toBe(true);
  });
});

describe('in a term that has lapsed', () => {
  test('no send is started', async () => {
    const delivery = sending({ renewDeadlineMs: 40_000 });
    delivery.clock.advance(40_000);
    await delivery.arrive([1]);
    expect(await endOf(delivery)).toMatchObject({ code: 'TERM_OVER' });
    expect(delivery.sink.sent).toEqual([]);
  });

  test('only: up to its last millisecond a send is started', async () => {
    const delivery = sending({ renewDeadlineMs: 40_000 });
    delivery.clock.advance(39_999);
    await delivery.arrive([1]);
    expect(delivery.sink.sent).toHaveLength(1);
  });

  test('no retry is started', async () => {
    const delivery = sending({ renewDeadlineMs: 40_000 });
    delivery.sink.script.push(retry);
    await delivery.arrive([1]);
    delivery.clock.advance(40_000);
    expect(await endOf(delivery)).toMatchObject({ code: 'TERM_OVER' });
    expect(delivery.sink.sent).toHaveLength(1);
  });

  test('no send is started after the machine was suspended', async () => {
    const delivery = sending();
    delivery.clock.shiftWallTime(2_000);
    await delivery.arrive([1]);
    expect(await endOf(delivery)).toMatchObject({ code: 'TERM_OVER' });
    expect(delivery.sink.sent).toEqual([]);
  });

  test.each([
    ['it was ended', ({ term }: Sending) => term.end('the lock names another holder')],
    ['its lease ran out unnoticed', ({ clock }: Sending) => clock.advance(40_000)],
  ])('an answer that comes after %s settles nothing', async (_, end) => {
    const delivery = sending({ renewDeadlineMs: 40_000 });
    await delivery.arrive([1]);
    end(delivery);
    await delivery.answer(accepted);
    expect(await endOf(delivery)).toMatchObject({ code: 'TERM_OVER' });
    expect([delivery.window.settledThrough, delivery.settledRings()]).toEqual([0n, 0]);
    expect(delivery.happenings).toEqual([]);
  });

  test('an answer that comes after its end is followed by no retry', async () => {
    const delivery = sending({ renewDeadlineMs: 40_000 });
    await delivery.arrive([1]);
    delivery.term.end('the lock names another holder');
    await delivery.answer(retry);
    expect(await endOf(delivery)).toMatchObject({ code: 'TERM_OVER' });
    expect(delivery.sink.sent).toHaveLength(1);
  });
});

test('an exception of a sink is a defect: it is thrown as it is, and settles nothing', async () => {
  const delivery = sending();
  const defect = new TypeError('undefined is not a sink');
  await delivery.arrive([1]);
  delivery.sink.latest.fail(defect);
  await expect(delivery.ended).rejects.toBe(defect);
  expect(delivery.window.settledThrough).toBe(0n);
  expect(delivery.happenings).toEqual([]);
});

test('whatever arrives and is answered, in whatever order: one request at a time, every record accepted once, in the order of reading', async () => {
  const step = fc.oneof(
    fc.record({ arrive: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ answer: fc.constantFrom(accepted, accepted, retry, misconfigured) }),
    fc.record({ pass: fc.integer({ min: 1, max: 40_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), async (steps, records) => {
      const delivery = sending({ limits: { records, bytes: 1_048_576 } });
      const taken: number[] = [];
      let read = 0;
      const answerWith = async (answer: Answer) => {
        if (answer.kind === 'accepted') taken.push(...delivery.sink.latest.numbers);
        await delivery.answer(answer);
      };
      for (const next of steps) {
        if ('arrive' in next) {
          await delivery.arrive(range(read + 1, read + next.arrive));
          read += next.arrive;
        } else if ('pass' in next) await delivery.clock.pass(next.pass);
        else if (delivery.sink.open > 0) await answerWith(next.answer);
        expect(delivery.window.settledThrough).toBe(BigInt(taken.length));
      }
      await delivery.clock.pass(40_000);
      while (delivery.sink.open > 0) await answerWith(accepted);
      expect(taken).toEqual(range(1, read));
      expect(delivery.sink.mostOpen).toBeLessThanOrEqual(1);
      delivery.stop.abort();
      await delivery.ended;
    }),
    { numRuns: runs(60) },
  );
});

test('nothing is left waiting when it has ended', async () => {
  const delivery = sending();
  delivery.sink.script.push(retry, accepted);
  await delivery.arrive([1]);
  await delivery.clock.pass(500);
  delivery.stop.abort();
  await delivery.ended;
  await settled();
  expect(delivery.clock.sleeping).toBe(0);
});

import { describe, expect, test, vi } from 'vitest';
import { settled } from '../../support/manual-clock.ts';
import { endOf, accepted, range, refused, retry, misconfigured, type Sending, sending } from './sending.ts';

const batches = ({ sink }: Sending) => sink.sent.map(({ numbers }) => numbers);
const told = ({ happenings }: Sending, what: string) => happenings.filter((each) => each.what === what);
const drops = (delivery: Sending) => told(delivery, 'event dropped');

/** A sink that refuses every batch in which one of these is. */
function refusing(...poison: readonly number[]) {
  const unwanted = new Set(poison);
  const delivery = sending();
  delivery.sink.decide = (numbers) => (numbers.some((number) => unwanted.has(number)) ? refused : accepted);
  return { delivery, unwanted };
}

describe('a refused batch', () => {
  test('is sent in halves, in order, until what is unwanted is alone; then a witness, then once more', async () => {
    const { delivery } = refusing(3);
    await delivery.arrive([1, 2, 3, 4, 5, 6]);
    expect(batches(delivery)).toEqual([[1, 2, 3, 4, 5, 6], [1, 2, 3], [1, 2], [3], [4], [3], [5, 6]]);
    expect(delivery.window.settledThrough).toBe(6n);
    expect(delivery.window.records).toBe(0);
  });

  test('costs exactly what is unwanted, which is told with its reason and itself', async () => {
    const { delivery } = refusing(3);
    await delivery.arrive(range(1, 6));
    expect(drops(delivery)).toEqual([
      {
        what: 'event dropped',
        sink: 'archive',
        reason: 'rejected',
        records: 1,
        id: 'uid-3.3',
        detail: 'answered 400',
        record: expect.objectContaining({ id: 'uid-3.3', message: 'message 3' }),
      },
    ]);
    expect(told(delivery, 'batch retried')).toEqual([]);
    expect(told(delivery, 'batch refused')[0]).toEqual({
      what: 'batch refused',
      sink: 'archive',
      records: 6,
      reason: 'answered 400',
    });
  });

  test('settles what was accepted before the unwanted record, and nothing behind it, until that is given up', async () => {
    const delivery = sending();
    delivery.sink.script.push(refused, accepted, refused, accepted);
    await delivery.arrive([1, 2, 3]);
    expect(batches(delivery)).toEqual([[1, 2, 3], [1, 2], [3]]);
    expect(delivery.window.settledThrough).toBe(2n);
    await delivery.arrive([4]);
    expect(batches(delivery).slice(3)).toEqual([[4], [3]]);
    expect(delivery.window.settledThrough).toBe(2n);
    await delivery.answer(refused);
    expect(delivery.window.settledThrough).toBe(4n);
    expect(drops(delivery)).toHaveLength(1);
  });

  test('waits through outages in the middle of it: the same part is repeated at the usual pace', async () => {
    const delivery = sending();
    delivery.sink.script.push(refused, retry, retry, accepted, misconfigured, refused);
    await delivery.arrive([1, 2]);
    expect(batches(delivery)).toEqual([[1, 2], [1]]);
    await delivery.clock.pass(1_500);
    expect(batches(delivery).slice(2)).toEqual([[1], [1], [2]]);
    await delivery.clock.pass(30_000);
    expect(batches(delivery).slice(5)).toEqual([[2]]);
    expect(delivery.window.settledThrough).toBe(1n);
  });
});

describe('a record that is refused alone', () => {
  test('while nothing else is there is no drop but an alarm, and is tried again slowly', async () => {
    const { delivery, unwanted } = refusing(1);
    await delivery.arrive([1]);
    expect(told(delivery, 'batch retried')).toEqual([
      {
        what: 'batch retried',
        sink: 'archive',
        records: 1,
        reason: 'it refuses and accepts nothing else: answered 400',
        misconfigured: true,
        failures: 1,
      },
    ]);
    await delivery.clock.pass(90_000);
    expect(delivery.sink.sent.map(({ at }) => at)).toEqual([0, 30_000, 60_000, 90_000]);
    expect([drops(delivery), delivery.window.settledThrough]).toEqual([[], 0n]);

    unwanted.clear();
    await delivery.clock.pass(30_000);
    expect(delivery.window.settledThrough).toBe(1n);
    expect(drops(delivery)).toEqual([]);
  });

  test('is given up as soon as a record of another object arrives that is accepted', async () => {
    const { delivery } = refusing(1);
    await delivery.arrive([1]);
    await delivery.clock.pass(10_000);
    await delivery.arrive([2]);
    expect(batches(delivery)).toEqual([[1], [2], [1]]);
    expect(drops(delivery)).toHaveLength(1);
    expect(delivery.window.settledThrough).toBe(2n);
  });

  test('is not given up for another version of its own object, which waits for it', async () => {
    const { delivery } = refusing(1);
    await delivery.arrive([1]);
    await delivery.arriveOf('uid-1', 2);
    await delivery.clock.pass(60_000);
    expect(batches(delivery)).toEqual([[1], [1], [1]]);
    expect(drops(delivery)).toEqual([]);
    await delivery.arrive([3]);
    expect(batches(delivery).slice(3)).toEqual([[3], [1], [2]]);
    expect(delivery.window.settledThrough).toBe(3n);
  });

  test('raises the alarm anew, and waits its whole pause, where the version before it was just given up', async () => {
    const delivery = sending();
    await delivery.arrive([9]);
    await delivery.arrive([10]);
    await delivery.arriveOf('uid-10', 11);
    delivery.sink.decide = ([number = 0]) => (number === 12 ? accepted : refused);
    await delivery.answer(accepted);
    await delivery.clock.pass(10_000);
    await delivery.arrive([12]);
    expect(delivery.sink.sent.slice(1).map(({ numbers, at }) => [numbers, at])).toEqual([
      [[10, 11], 0],
      [[10], 0],
      [[12], 10_000],
      [[10], 10_000],
      [[11], 10_000],
    ]);
    expect(told(delivery, 'batch retried')).toHaveLength(2);
    await delivery.clock.pass(29_999);
    expect(delivery.sink.sent).toHaveLength(6);
    await delivery.clock.pass(1);
    expect(delivery.sink.sent).toHaveLength(7);
  });

  test('costs those that follow nothing once it is given up: the backlog is not searched for them', async () => {
    const { delivery } = refusing(1);
    const search = vi.spyOn(delivery.window, 'upcoming');
    await delivery.arrive([1]);
    await delivery.arrive([2]);
    expect(drops(delivery)).toHaveLength(1);
    const searches = search.mock.calls.length;
    await delivery.arrive([3, 4]);
    await delivery.arrive([5]);
    expect(search.mock.calls.length).toBe(searches);
  });

  test('is never sent twice as a witness: what was accepted out of turn is left out later', async () => {
    const { delivery } = refusing(1);
    await delivery.arrive([1]);
    await delivery.arriveOf('uid-1', 2);
    await delivery.arrive([3, 4]);
    const times = new Map<number, number>();
    for (const numbers of batches(delivery))
      for (const number of numbers) times.set(number, (times.get(number) ?? 0) + 1);
    expect(Object.fromEntries(times)).toEqual({ 1: 2, 2: 1, 3: 1, 4: 1 });
  });
});

describe('a sink that refuses everything', () => {
  test('gets a bounded number of requests per slow retry, settles nothing, and gets everything once it is mended', async () => {
    const delivery = sending();
    delivery.sink.decide = () => refused;
    await delivery.arrive(range(1, 300));
    await delivery.clock.pass(29_999);
    const first = delivery.sink.sent.length;
    expect(first).toBeLessThanOrEqual(1 + 9 + 12);
    for (let round = 1; round <= 20; round += 1) {
      await delivery.clock.pass(30_000);
      expect(delivery.sink.sent.length).toBeLessThanOrEqual(first + 13 * round);
    }
    expect([drops(delivery), delivery.window.settledThrough]).toEqual([[], 0n]);
    expect(told(delivery, 'batch retried')).toHaveLength(21);

    const before = delivery.sink.sent.length;
    delivery.sink.decide = () => accepted;
    await delivery.clock.pass(30_000);
    const taken = batches(delivery).slice(before).flat();
    expect(taken.toSorted((a, b) => a - b)).toEqual(range(1, 300));
    expect(delivery.window.settledThrough).toBe(300n);
    expect(drops(delivery)).toEqual([]);
  });

  test('is not asked at the pace at which records arrive', async () => {
    const delivery = sending();
    const search = vi.spyOn(delivery.window, 'upcoming');
    delivery.sink.decide = () => refused;
    for (const number of range(1, 200)) {
      await delivery.arrive([number]);
      await delivery.clock.pass(100);
    }
    expect(delivery.sink.sent.length).toBeLessThanOrEqual(1 + 12);
    expect(search.mock.calls.length).toBeLessThan(60);
  });
});

describe('a window full of a few large records that are refused', () => {
  const mebibyte = 1_048_576;
  const timesOf = (delivery: Sending, number: number) =>
    batches(delivery)
      .flat()
      .filter((each) => each === number).length;

  const occasionsOf = ({ sink }: Sending) =>
    sink.sent.filter(({ numbers }) => numbers[0] === 1).map(({ occasion }) => occasion);

  test('is passed with one record sent again, as a request of its own, that the sink had accepted', async () => {
    const { delivery } = refusing(...range(2, 9));
    await delivery.arrive([1]);
    await delivery.arrive(range(2, 9), mebibyte);
    expect(delivery.window.settledThrough).toBe(9n);
    expect(drops(delivery)).toHaveLength(8);
    expect(occasionsOf(delivery)).toEqual([undefined, 'collector-a/7/1']);
    expect(Math.max(...range(2, 9).map((number) => timesOf(delivery, number)))).toBeLessThanOrEqual(3);
  });

  test('in a term that has lapsed: nothing is sent again, and nothing is given up', async () => {
    const delivery = sending({ renewDeadlineMs: 20_000 });
    delivery.sink.decide = ([number = 0]) => (number === 1 && delivery.sink.sent.length === 1 ? accepted : refused);
    await delivery.arrive([1]);
    await delivery.arrive(range(2, 9), mebibyte);
    const { length } = delivery.sink.sent;
    delivery.clock.advance(30_000);
    expect(await endOf(delivery)).toMatchObject({ code: 'TERM_OVER' });
    expect([delivery.sink.sent.length, drops(delivery)]).toEqual([length, []]);
  });

  test('whose term lapses while the sink is asked once more: nothing is given up', async () => {
    const delivery = sending({ renewDeadlineMs: 20_000 });
    delivery.sink.decide = ([number = 0]) => {
      if (number !== 1) return refused;
      if (delivery.sink.sent.length > 1) delivery.clock.advance(20_000);
      return accepted;
    };
    await delivery.arrive([1]);
    await delivery.arrive(range(2, 9), mebibyte);
    expect(await endOf(delivery)).toMatchObject({ code: 'TERM_OVER' });
    expect([occasionsOf(delivery).length, drops(delivery)]).toEqual([2, []]);
  });

  test('of one object lets go of its first, by a record of another object', async () => {
    const { delivery } = refusing(...range(3, 10));
    await delivery.arrive([1]);
    await delivery.arriveOf('uid-large', 2);
    for (const number of range(3, 10)) await delivery.arriveOf('uid-large', number, mebibyte);
    expect(delivery.window.isCloggedFor('archive')).toBe(true);
    await delivery.clock.pass(30_000);
    expect([drops(delivery).length, delivery.window.settledThrough, delivery.window.hasRoom]).toEqual([1, 3n, true]);
    expect([1, 2].map((number) => timesOf(delivery, number))).toEqual([2, 1]);
  });

  test.each([
    ['refuses', refused],
    ['is misconfigured for', misconfigured],
    ['asks to be sent again', retry],
  ])(
    'costs nothing where the sink now %s what it had accepted: it is asked once each slow retry',
    async (_, answer) => {
      const delivery = sending();
      let isMended = false;
      delivery.sink.decide = ([number = 0]) => {
        if (isMended) return accepted;
        return number === 1 ? (delivery.sink.sent.length === 1 ? accepted : answer) : refused;
      };
      await delivery.arrive([1]);
      await delivery.arrive(range(2, 9), mebibyte);
      for (let round = 1; round <= 5; round += 1) {
        expect(timesOf(delivery, 1)).toBe(1 + round);
        await delivery.clock.pass(30_000);
      }
      expect([drops(delivery), delivery.window.settledThrough]).toEqual([[], 1n]);
      expect(new Set(occasionsOf(delivery)).size).toBe(7);
      isMended = true;
      await delivery.clock.pass(30_000);
      expect([drops(delivery), delivery.window.settledThrough]).toEqual([[], 9n]);
    },
  );

  test('is widened once where the sink has accepted nothing in this term, for what may speak for it', async () => {
    const { delivery } = refusing(...range(1, 8));
    const rings = delivery.settledRings();
    await delivery.arrive(range(1, 8), mebibyte);
    expect(delivery.window.hasRoom).toBe(true);
    expect(delivery.settledRings()).toBeGreaterThan(rings);
    expect([drops(delivery), delivery.window.settledThrough]).toEqual([[], 0n]);
    await delivery.arrive([9]);
    expect(delivery.window.settledThrough).toBe(9n);
    expect(drops(delivery)).toHaveLength(8);
  });

  test('stays as it is while there is room: what arrives next may speak for the sink', async () => {
    const { delivery } = refusing(2, 3);
    await delivery.arrive([1]);
    await delivery.arrive([2, 3]);
    await delivery.clock.pass(120_000);
    expect(timesOf(delivery, 1)).toBe(1);
    expect(drops(delivery)).toEqual([]);
  });
});

test('a window full of ordinary records that are refused is held: a sink that takes none of many takes nothing', async () => {
  const delivery = sending();
  await delivery.arrive([1]);
  await delivery.answer(accepted);
  delivery.sink.decide = ([number = 0]) => (number === 1 ? accepted : refused);
  await delivery.arrive(range(2, 1_001), 8_400);
  expect(delivery.window.hasRoom).toBe(false);
  await delivery.clock.pass(10 * 60_000);
  expect(
    batches(delivery)
      .flat()
      .filter((number) => number === 1),
  ).toHaveLength(1);
  expect([drops(delivery), delivery.window.settledThrough, delivery.window.hasRoom]).toEqual([[], 1n, false]);
});

describe('a stop in the middle', () => {
  test('of a bisection settles what is decided up to then, and starts no request', async () => {
    const delivery = sending();
    delivery.sink.script.push(refused, accepted);
    await delivery.arrive([1, 2, 3, 4]);
    expect(batches(delivery)).toEqual([
      [1, 2, 3, 4],
      [1, 2],
      [3, 4],
    ]);
    delivery.stop.abort();
    await delivery.answer(refused);
    await delivery.ended;
    expect(delivery.sink.sent).toHaveLength(3);
    expect(delivery.window.settledThrough).toBe(2n);
  });

  test.each([
    ['before a slow retry', [1]],
    ['of a wait for arrivals and a slow retry', [1, 2]],
  ])('%s ends at once, and nothing is left waiting', async (_, numbers) => {
    const delivery = sending();
    delivery.sink.decide = () => refused;
    await delivery.arrive(numbers);
    delivery.stop.abort();
    await expect(delivery.ended).resolves.toBeUndefined();
    await settled();
    expect(delivery.clock.sleeping).toBe(0);
    expect(delivery.window.settledThrough).toBe(0n);
  });

  test('between witness and second refusal gives up nothing', async () => {
    const delivery = sending();
    delivery.sink.script.push(refused);
    await delivery.arrive([1]);
    await delivery.arrive([2]);
    expect(batches(delivery)).toEqual([[1], [2]]);
    delivery.stop.abort();
    await delivery.answer(accepted);
    await delivery.ended;
    expect([drops(delivery), delivery.window.settledThrough]).toEqual([[], 0n]);
  });
});

test('a term that has lapsed gives up nothing, whatever is answered', async () => {
  const delivery = sending({ renewDeadlineMs: 40_000 });
  delivery.sink.script.push(refused, accepted);
  await delivery.arrive([1]);
  await delivery.arrive([2]);
  expect(batches(delivery)).toEqual([[1], [2], [1]]);
  delivery.clock.advance(40_000);
  await delivery.answer(refused);
  expect(await endOf(delivery)).toMatchObject({ code: 'TERM_OVER' });
  expect([drops(delivery), delivery.window.settledThrough]).toEqual([[], 0n]);
});

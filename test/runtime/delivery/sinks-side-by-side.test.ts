import { expect, test } from 'vitest';
import { Window } from '../../../runtime/src/collection/window.ts';
import { deliver } from '../../../runtime/src/delivery/delivery.ts';
import { Doorbell } from '../../../runtime/src/support/doorbell.ts';
import { Term } from '../../../runtime/src/term.ts';
import { manualClock, settled } from '../../support/manual-clock.ts';
import { accepted, pushRecord, range, refused, retry, scriptedSink, usual } from './sending.ts';

function twoSinks(capacity = 8_388_608, { slowIsRequired = true } = {}) {
  const clock = manualClock();
  const fast = scriptedSink(clock, 'fast');
  const slow = scriptedSink(clock, 'slow', slowIsRequired);
  const sinks = [fast, slow];
  const window = new Window(
    capacity,
    sinks.map(({ name, required }) => ({ name, required, position: 0n })),
  );
  const term = new Term({ number: 1, holder: 'collector-a', startedAt: 0, renewDeadlineMs: 3_600_000, clock });
  const [arrived, settledBell] = [new Doorbell(), new Doorbell()];
  const [stop, abort] = [new AbortController(), new AbortController()];
  const ended = sinks.map((sink) =>
    deliver(
      { ...usual, sink, backlog: window, arrived, settled: settledBell, term, clock, report: () => undefined },
      { stop: stop.signal, abort: abort.signal },
    ),
  );
  const arrive = async (number: number) => {
    pushRecord(window, number, 1_000);
    arrived.ring();
    await settled();
  };
  return { clock, fast, slow, window, arrive, stop, ended };
}

test('a slow sink holds the token back, not the other sink', async () => {
  const { fast, slow, window, arrive } = twoSinks();
  fast.script.push(...range(1, 5).map(() => accepted));
  for (const number of range(1, 5)) await arrive(number);
  expect(fast.sent.flatMap(({ numbers }) => numbers)).toEqual(range(1, 5));
  expect(slow.sent.map(({ numbers }) => numbers)).toEqual([[1]]);
  expect(window.settledThrough).toBe(0n);
  expect([...window.aheadPositions]).toEqual([['fast', 5n]]);

  slow.script.push(accepted);
  slow.latest.answer(accepted);
  await settled();
  expect(slow.sent.map(({ numbers }) => numbers)).toEqual([[1], range(2, 5)]);
  expect(window.settledThrough).toBe(5n);
});

test('each sink gets its records in the order of reading, whatever the other answers', async () => {
  const { clock, fast, slow, arrive } = twoSinks();
  fast.script.push(...range(1, 9).map(() => accepted));
  slow.script.push(retry, accepted, retry, retry, ...range(1, 9).map(() => accepted));
  for (const number of range(1, 9)) {
    await arrive(number);
    await clock.pass(400);
  }
  await clock.pass(60_000);
  const taken = slow.sent.filter(({ numbers }, index) => slow.sent[index + 1]?.numbers.join() !== numbers.join());
  expect(taken.flatMap(({ numbers }) => numbers)).toEqual(range(1, 9));
  expect(fast.sent.flatMap(({ numbers }) => numbers)).toEqual(range(1, 9));
});

test('a best-effort sink whose open batch was dropped meanwhile goes on behind what was dropped', async () => {
  const { fast, slow, window, arrive } = twoSinks(3_000, { slowIsRequired: false });
  fast.script.push(...range(1, 4).map(() => accepted));
  for (const number of range(1, 4)) await arrive(number);
  expect([...window.makeRoom()]).toEqual([['slow', 2]]);

  slow.latest.answer(accepted);
  await settled();
  expect(slow.sent.map(({ numbers }) => numbers)).toEqual([[1], [3, 4]]);
});

test('a best-effort sink whose refused record was dropped meanwhile is asked about the next one as if nothing had been', async () => {
  const { clock, fast, slow, window, arrive } = twoSinks(1_000, { slowIsRequired: false });
  fast.decide = () => accepted;
  slow.decide = () => refused;
  await arrive(1);
  await clock.pass(10_000);
  expect([...window.makeRoom()]).toEqual([['slow', 1]]);
  await clock.pass(10_000);
  await arrive(2);
  await clock.pass(30_000);
  expect(slow.sent.map(({ numbers, at }) => [numbers[0], at])).toEqual([
    [1, 0],
    [2, 20_000],
    [2, 50_000],
  ]);
});

test('a stop ends every delivery', async () => {
  const { stop, ended } = twoSinks();
  stop.abort();
  await expect(Promise.all(ended)).resolves.toHaveLength(2);
});

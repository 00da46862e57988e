import { fc, runs } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { Bisection } from '../../../runtime/src/delivery/bisection.ts';
import { bisectAll, itemAt, type Kind, type Model, type Outcome, type Request } from './bisecting.ts';
import { range } from './sending.ts';

const good = (object: string): Kind => ({ object, poison: false });
const poison = (object: string): Kind => ({ object, poison: true });
const goods = (count: number) => range(1, count).map((number) => good(`good-${number}`));
const poisons = (count: number) => range(1, count).map((number) => poison(`poison-${number}`));
const logOf = (count: number) => Math.ceil(Math.log2(Math.max(count, 2)));

/** The most requests between two slow pauses. */
function mostInARound({ requests }: Outcome): number {
  const counts = new Map<number, number>();
  for (const { round } of requests) counts.set(round, (counts.get(round) ?? 0) + 1);
  return Math.max(...counts.values());
}

describe('one unwanted record', () => {
  test.each([
    ['the first', 0],
    ['one in the middle', 333],
    ['the last but one', 498],
  ])('%s of a batch costs itself alone, in a few requests, without a slow pause', (_, place) => {
    const kinds = goods(500);
    kinds[place] = poison('poison');
    const { rejected, accepted, requests, rounds, through } = bisectAll({ kinds, batch: 500 });
    expect([...rejected.keys()]).toEqual([place + 1]);
    expect(accepted.toSorted((a, b) => a - b)).toEqual(range(1, 500).filter((end) => end !== place + 1));
    expect([through, rounds]).toEqual([500, 0]);
    expect(requests.length).toBeLessThanOrEqual(2 * logOf(500) + 3);
  });

  test('the last of what there is waits for a record of another object to arrive', () => {
    const kinds = [...goods(7), poison('poison')];
    const waiting = bisectAll({ kinds, batch: 8, mostRounds: 5 });
    expect([waiting.rejected.size, waiting.through]).toEqual([0, 7]);
    const { rejected, through, rounds } = bisectAll({ kinds, batch: 8, arrivals: true });
    expect([[...rejected.keys()], through, rounds]).toEqual([[8], 9, 1]);
  });

  test('is not given up because another version of the same object is wanted', () => {
    const kinds = [poison('same'), good('same'), good('same')];
    const { rejected, accepted, through } = bisectAll({ kinds, batch: 3, mostRounds: 5 });
    expect([rejected.size, accepted, through]).toEqual([0, [], 0]);
  });
});

describe('a run of unwanted records', () => {
  test.each([2, 10, 100, 400])(
    'of %d, before wanted ones in one batch, is passed with one slow pause at most',
    (length) => {
      const { rejected, through, rounds } = bisectAll({
        kinds: [...poisons(length), ...goods(500 - length)],
        batch: 500,
      });
      expect([rejected.size, through]).toEqual([length, 500]);
      expect(rounds).toBeLessThanOrEqual(1);
    },
  );

  test('that fills several batches is passed with what stands behind it', () => {
    const { rejected, through } = bisectAll({ kinds: [...poisons(40), ...goods(10)], batch: 8 });
    expect([rejected.size, through]).toEqual([40, 50]);
  });

  test('with few wanted ones behind it is passed: the search goes on where one was found', () => {
    const { rejected, through, rounds } = bisectAll({ kinds: [...poisons(480), ...goods(20)], batch: 500 });
    expect([rejected.size, through]).toEqual([480, 500]);
    expect(rounds).toBeLessThanOrEqual(1);
  });

  test('and many more behind it is passed without a slow pause: each witness is reason to look for the next', () => {
    const kinds = range(1, 20).flatMap((run) => [
      ...range(1, 20).map((number) => poison(`poison-${run}-${number}`)),
      ...range(1, 5).map((number) => good(`good-${run}-${number}`)),
    ]);
    const { rejected, through, rounds } = bisectAll({ kinds, batch: 500 });
    expect([rejected.size, through, rounds]).toEqual([400, 500, 0]);
  });

  test('with a single wanted record somewhere is passed in the end: no place is left out', () => {
    for (const place of range(1, 39)) {
      const kinds: Kind[] = [...poisons(40)];
      kinds[place] = good('good');
      const { accepted, rejected } = bisectAll({ kinds, batch: 40 });
      expect(accepted).toEqual([place + 1]);
      expect(rejected.size).toBeGreaterThan(0);
    }
  });

  test('of versions of one object is passed one by one, each with a witness of its own', () => {
    const kinds = [...range(1, 20).map(() => poison('same')), ...goods(30)];
    const { rejected, through, rounds } = bisectAll({ kinds, batch: 50 });
    expect([rejected.size, through, rounds]).toEqual([20, 50, 0]);
  });
});

describe('a sink that refuses everything', () => {
  const everything = { kinds: poisons(500), batch: 500 } satisfies Model;

  test('costs nothing, however long it goes on', () => {
    const { rejected, through } = bisectAll({ ...everything, mostRounds: 200 });
    expect([rejected.size, through]).toEqual([0, 0]);
  });

  test('gets a bounded number of requests between two slow pauses', () => {
    const outcome = bisectAll({ ...everything, mostRounds: 200 });
    expect(mostInARound(outcome)).toBeLessThanOrEqual(logOf(500) + 1 + 12);
    const later = outcome.requests.filter(({ round }) => round === 150);
    expect(later.length).toBeLessThanOrEqual(13);
    expect(new Set(later.map(({ ends }) => ends.length))).toEqual(new Set([1]));
  });

  test('is asked for another record each time, until every one was tried', () => {
    const { requests } = bisectAll({ ...everything, mostRounds: 200 });
    const alone = new Set(requests.filter(({ ends }) => ends.length === 1).map(({ ends }) => ends[0]));
    expect(alone.size).toBe(500);
  });

  test('after it was choosy is asked as little as one that never took anything', () => {
    const kinds = range(1, 500).map((number) => (number % 3 === 0 ? good(`g-${number}`) : poison(`p-${number}`)));
    const { requests, rounds } = bisectAll({ kinds, batch: 500, sickFrom: 300, sickRounds: 100 });
    expect(requests.filter(({ round }) => round === 0).length).toBeLessThan(500);
    for (const round of range(1, rounds - 1))
      expect(requests.filter((request) => request.round === round).length).toBeLessThanOrEqual(13);
  });

  test('and is mended is not asked for each record alone, however long it was sick', () => {
    const { requests, through } = bisectAll({ kinds: goods(500), batch: 500, sickRounds: 35 });
    expect(through).toBe(500);
    expect(requests.filter(({ round }) => round === 35).length).toBeLessThanOrEqual(logOf(500) + 3);
  });

  test('and is mended gets everything once, whenever it was mended', () => {
    for (const sickRounds of range(1, 30)) {
      const { rejected, accepted, through } = bisectAll({ kinds: goods(60), batch: 20, sickRounds });
      expect([rejected.size, through]).toEqual([0, 60]);
      expect(accepted.toSorted((a, b) => a - b)).toEqual(range(1, 60));
    }
  });
});

describe('whatever is unwanted', () => {
  const kind = fc.record({ object: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), poison: fc.boolean() });
  const model: fc.Arbitrary<Model> = fc.record({
    kinds: fc.array(kind, { minLength: 1, maxLength: 60 }),
    batch: fc.integer({ min: 1, max: 40 }),
    sickFrom: fc.integer({ min: 0, max: 60 }),
    sickRounds: fc.integer({ min: 0, max: 4 }),
    arrivals: fc.constant(true),
    mostRounds: fc.constant(500),
  });
  const holds = (promise: (outcome: Outcome, given: Model) => void) =>
    fc.assert(
      fc.property(model, (given) => promise(bisectAll(given), given)),
      { numRuns: runs(400) },
    );
  const objectAt = ({ kinds }: Model, end: number) => kinds[end - 1]?.object ?? `arrival-${end}`;

  test('nothing is given up without a refusal alone, then a witness of another object, then a second refusal', () => {
    holds(({ rejected, requests }, given) => {
      for (const [end, by] of rejected) {
        const isAlone = ({ ends }: Request) => ends.length === 1 && ends[0] === end;
        const isWitness = ({ ends, accepted }: Request) =>
          accepted && ends.some((each) => objectAt(given, each) !== objectAt(given, end));
        const before = requests.slice(0, by - 1);
        const witness = before.findLastIndex(isWitness);
        expect(requests.slice(by - 1, by).every(isAlone)).toBe(true);
        expect(before.slice(0, Math.max(witness, 0)).some(isAlone)).toBe(true);
      }
    });
  });

  test('only what is unwanted is given up, and everything else is accepted, once', () => {
    holds(({ rejected, accepted, through }, { kinds }) => {
      const unwanted = range(1, kinds.length).filter((end) => kinds[end - 1]?.poison);
      expect([...rejected.keys()].toSorted((a, b) => a - b)).toEqual(unwanted);
      const wanted = range(1, through).filter((end) => !unwanted.includes(end));
      expect(accepted.toSorted((a, b) => a - b)).toEqual(wanted);
      expect(through).toBeGreaterThanOrEqual(kinds.length);
    });
  });

  test('a version is attempted only when all earlier ones of its object are decided, or earlier in the same request', () => {
    holds(({ requests, rejected }, given) => {
      const decidedAt = new Map(rejected);
      for (const [at, { ends, accepted }] of requests.entries())
        if (accepted) for (const end of ends) decidedAt.set(end, at + 1);
      for (const [at, { ends }] of requests.entries())
        for (const end of ends)
          for (const earlier of range(1, end - 1).filter((each) => objectAt(given, each) === objectAt(given, end)))
            expect(ends.includes(earlier) || (decidedAt.get(earlier) ?? Infinity) <= at).toBe(true);
    });
  });

  test('no record is sent oftener than the logarithm of its batch says, and a little in each round', () => {
    holds(({ requests, rounds }, { batch, kinds }) => {
      const times = new Map<number, number>();
      for (const { ends } of requests) for (const end of ends) times.set(end, (times.get(end) ?? 0) + 1);
      const batches = Math.ceil((kinds.length + rounds) / batch);
      expect(Math.max(...times.values())).toBeLessThanOrEqual(2 * (logOf(batch) + 3) + batches + 2 * rounds);
    });
  });
});

test('what is no suspect any more in a new round has its turn again, before later versions of its object', () => {
  const [p, a, b1, c, b2, g] = ['p', 'a', 'b', 'c', 'b', 'g'].map((object, index) => itemAt(index + 1, object));
  if (!p || !a || !b1 || !c || !b2 || !g) throw new Error('there are six');
  const upcoming = [p, a, b1, c, b2, g];
  const bisection = new Bisection();
  const refuse = (...ends: readonly number[]) => {
    const trial = bisection.next(upcoming);
    expect(trial?.items.map(({ end }) => end)).toEqual(ends);
    if (trial !== undefined) bisection.refused(trial, 'not wanted');
  };
  bisection.open([p, a, b1, c, b2], 'not wanted');
  refuse(1, 2, 3);
  refuse(1, 2);
  refuse(1);
  bisection.accepted({ as: 'witness', items: [g] });
  refuse(1);
  refuse(2);
  refuse(3);
  refuse(4);
  expect(bisection.next(upcoming)).toBeUndefined();
  bisection.newRound();
  refuse(2);
  bisection.accepted({ as: 'witness', items: [c] });
  refuse(2);
  refuse(3);
});

test('nothing is remembered of what is settled', () => {
  const bisection = new Bisection();
  const [first, second] = [itemAt(1, 'a'), itemAt(2, 'b')];
  bisection.open([first], 'not wanted');
  bisection.accepted({ as: 'witness', items: [second] });
  expect(bisection.hasDecided).toBe(true);
  expect(bisection.refused({ as: 'suspect', items: [first] }, 'not wanted')?.item).toBe(first);
  expect(bisection.decidedThrough([first, second])).toBe(2);
  bisection.forgetBefore(3);
  expect([bisection.hasDecided, bisection.isOpen]).toEqual([false, false]);
});

describe('what a best-effort sink has lost meanwhile', () => {
  test('is in question no longer: ordinary batches go on', () => {
    const bisection = new Bisection();
    bisection.open([itemAt(1, 'a'), itemAt(2, 'b')], 'not wanted');
    expect(bisection.next([itemAt(3, 'c')])).toBeUndefined();
    expect(bisection.isOpen).toBe(false);
  });

  test('as a suspect, makes room for the next in line', () => {
    const bisection = new Bisection();
    bisection.open([itemAt(1, 'a')], 'not wanted');
    expect(bisection.next([itemAt(2, 'b')])).toBeUndefined();
    expect([bisection.isOpen, bisection.suspects]).toEqual([false, 0]);
  });
});

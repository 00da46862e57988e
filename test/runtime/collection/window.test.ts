import { describe, expect, test } from 'vitest';
import { Window, type WindowSink } from '../../../runtime/src/collection/window.ts';
import { eventRecord } from '../../support/records.ts';

const everything = { records: 1_000, bytes: 1_000_000 };
const required: WindowSink = { name: 'archive', required: true, position: 0n };
const bestEffort: WindowSink = { name: 'tail', required: false, position: 0n };

interface Pushed {
  readonly bytes?: number;
  readonly position?: bigint | undefined;
  readonly since?: number;
}

function push(window: Window, number: number, { bytes = 10, since = 0, ...more }: Pushed = {}): void {
  const version = BigInt(number);
  const position = 'position' in more ? more.position : version;
  window.push({ record: eventRecord(number), version, position, bytes, since });
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Settles what the sink is given next. @returns its numbers */
function take(window: Window, sink: string, limits = everything): readonly number[] | undefined {
  const batch = window.batchFor(sink, limits);
  if (batch === undefined) return undefined;
  window.settle(sink, batch.end);
  return batch.records.map(({ id }) => Number(id.split('.')[1]));
}

describe('a window', () => {
  test('starts where the token stands', () => {
    const window = new Window(100, [{ ...required, position: 7n }]);
    expect(window.settledThrough).toBe(7n);
    expect(window.batchFor('archive', everything)).toBeUndefined();
    expect(window.unsettledSince).toBeUndefined();
  });

  test('settles a position only with everything that was read before it', () => {
    const window = new Window(100, [required]);
    for (const number of [5, 6, 7]) push(window, number);
    expect(take(window, 'archive', { records: 2, bytes: 1_000 })).toEqual([5, 6]);
    expect(window.settledThrough).toBe(6n);
    window.advance(9n);
    expect(window.settledThrough).toBe(6n);
    take(window, 'archive');
    expect(window.settledThrough).toBe(9n);
  });

  test('shows a sink that was ahead before this term nothing that it had: neither as a batch nor one by one', () => {
    const window = new Window(1_000, [required, { ...bestEffort, position: 6n }]);
    for (const number of [5, 6, 7, 8]) push(window, number);
    const numbers = (upcoming: readonly { readonly record: { readonly id: string } }[]) =>
      upcoming.map(({ record }) => Number(record.id.split('.')[1]));
    expect(numbers(window.upcoming('tail'))).toEqual([7, 8]);
    expect(numbers(window.upcoming('archive'))).toEqual([5, 6, 7, 8]);
    expect(window.upcoming('tail').map(({ end }) => end)).toEqual([3, 4]);
    expect(take(window, 'tail')).toEqual([7, 8]);
  });

  test('moves on deletions and bookmarks alone where nothing is unsettled', () => {
    const window = new Window(100, [required]);
    window.advance(9n);
    expect(window.settledThrough).toBe(9n);
  });

  test('takes a list as one unit: nothing of it moves the position before all of it is settled', () => {
    const window = new Window(100, [{ ...required, position: 4n }]);
    for (const number of [8, 6, 7]) push(window, number, { position: undefined });
    expect(take(window, 'archive', { records: 2, bytes: 1_000 })).toEqual([8, 6]);
    window.advance(9n);
    expect(window.settledThrough).toBe(4n);
    expect(take(window, 'archive')).toEqual([7]);
    expect(window.settledThrough).toBe(9n);
  });

  test('moves to the end of a list that was settled before it ended', () => {
    const window = new Window(100, [{ ...required, position: 4n }]);
    push(window, 8, { position: undefined });
    take(window, 'archive');
    expect(window.settledThrough).toBe(4n);
    window.advance(9n);
    expect(window.settledThrough).toBe(9n);
  });

  test('is held back by the slowest required sink, and by best-effort sinks only where there is no other', () => {
    const slow = { ...required, name: 'slow' };
    const window = new Window(100, [required, slow, bestEffort]);
    push(window, 5);
    take(window, 'archive');
    expect(window.settledThrough).toBe(0n);
    take(window, 'slow');
    expect(window.settledThrough).toBe(5n);
    const alone = new Window(100, [bestEffort, { ...bestEffort, name: 'other' }]);
    push(alone, 5);
    take(alone, 'tail');
    expect(alone.settledThrough).toBe(0n);
    take(alone, 'other');
    expect(alone.settledThrough).toBe(5n);
  });

  test('names the sinks that are ahead, with their positions, and no others', () => {
    const window = new Window(100, [required, { ...required, name: 'fast' }, bestEffort]);
    for (const number of [5, 6]) push(window, number);
    take(window, 'fast');
    take(window, 'tail', { records: 1, bytes: 1_000 });
    expect(window.aheadPositions).toEqual(
      new Map([
        ['fast', 6n],
        ['tail', 5n],
      ]),
    );
    take(window, 'archive');
    expect(window.aheadPositions).toEqual(new Map());
  });

  test('sends nothing again to a sink that had it in an earlier term, and moves its position over it', () => {
    const window = new Window(100, [required, { ...required, name: 'fast', position: 6n }]);
    for (const number of [5, 6, 7]) push(window, number);
    expect(take(window, 'fast')).toEqual([7]);
    expect(take(window, 'archive')).toEqual([5, 6, 7]);
    const had = new Window(100, [required, { ...required, name: 'fast', position: 6n }]);
    push(had, 5);
    expect(take(had, 'fast')).toEqual([]);
    expect(take(had, 'fast')).toBeUndefined();
  });

  test('sends records that are no versions, like gaps, to every sink', () => {
    const window = new Window(100, [{ ...required, position: 100n }]);
    window.push({ record: eventRecord(1), version: undefined, position: undefined, bytes: 1, since: 0 });
    expect(take(window, 'archive')).toEqual([1]);
  });

  test('cuts batches at their limits, but always gives at least one record', () => {
    const window = new Window(1_000, [required]);
    for (const [number, bytes] of [
      [1, 90],
      [2, 10],
      [3, 1],
      [4, 500],
      [5, 1],
    ] as const)
      push(window, number, { bytes });
    expect(take(window, 'archive', { records: 2, bytes: 1_000 })).toEqual([1, 2]);
    expect(take(window, 'archive', { records: 9, bytes: 100 })).toEqual([3]);
    expect(take(window, 'archive', { records: 9, bytes: 100 })).toEqual([4]);
    expect(take(window, 'archive', { records: 9, bytes: 100 })).toEqual([5]);
  });

  test('says since when anything that holds the token back may be missing, in whatever order it was read', () => {
    const window = new Window(100, [required, bestEffort]);
    for (const [number, since] of [
      [5, 300],
      [6, 100],
      [7, 200],
    ] as const)
      push(window, number, { since });
    expect(window.unsettledSince).toBe(100);
    take(window, 'archive', { records: 2, bytes: 1_000 });
    expect(window.unsettledSince).toBe(200);
    take(window, 'archive');
    expect(window.unsettledSince).toBeUndefined();
  });

  test('refuses a sink that it does not know', () => {
    const window = new Window(100, [required]);
    expect(() => window.batchFor('nobody', everything)).toThrow('nobody');
  });
});

describe('the room in a window', () => {
  test('is there for one record of any size while it is below its capacity, and not any more from there on', () => {
    const window = new Window(100, [required]);
    expect(window.hasRoom).toBe(true);
    push(window, 1, { bytes: 5_000_000 });
    expect(window.hasRoom).toBe(false);
    take(window, 'archive');
    expect(window.hasRoom).toBe(true);
    expect(window.bytes).toBe(0);
    push(window, 2, { bytes: 99 });
    expect(window.hasRoom).toBe(true);
    push(window, 3, { bytes: 1 });
    expect(window.hasRoom).toBe(false);
  });

  test('comes back only when the last sink has passed a record', () => {
    const window = new Window(10, [required, bestEffort]);
    push(window, 1);
    take(window, 'archive');
    expect(window.hasRoom).toBe(false);
    expect(window.records).toBe(1);
    take(window, 'tail');
    expect(window.hasRoom).toBe(true);
    expect(window.records).toBe(0);
  });

  test('is there for as much again once it was widened, until it is within its capacity again', () => {
    const window = new Window(100, [required]);
    for (const number of range(1, 10)) push(window, number);
    expect(window.hasRoom).toBe(false);
    window.widen();
    for (const number of range(11, 20)) {
      expect(window.hasRoom).toBe(true);
      push(window, number);
    }
    expect(window.hasRoom).toBe(false);
    take(window, 'archive', { records: 10, bytes: 1_000 });
    expect(window.hasRoom).toBe(true);
    take(window, 'archive', { records: 1, bytes: 1_000 });
    push(window, 21);
    expect(window.hasRoom).toBe(false);
  });

  test('is missing only because of the sinks that have not passed its first record', () => {
    const window = new Window(1_000, [required, { ...required, name: 'other' }]);
    push(window, 1, { bytes: 500 });
    expect(window.isCloggedFor('archive')).toBe(false);
    push(window, 2, { bytes: 500 });
    take(window, 'archive', { records: 1, bytes: 1_000 });
    expect(['archive', 'other'].map((sink) => window.isCloggedFor(sink))).toEqual([false, true]);
  });

  test('is made from what only best-effort sinks hold in a widened window too', () => {
    const window = new Window(100, [required, bestEffort]);
    for (const number of range(1, 10)) push(window, number);
    window.widen();
    for (const number of range(11, 20)) push(window, number);
    take(window, 'archive');
    expect([...window.makeRoom()]).toEqual([['tail', 11]]);
    for (const number of range(21, 21)) push(window, number);
    expect(window.hasRoom).toBe(false);
  });

  test('is made from what only best-effort sinks hold, oldest first, no more than it takes, and counted by sink', () => {
    const window = new Window(30, [required, bestEffort, { ...bestEffort, name: 'other' }]);
    for (const number of [1, 2, 3, 4]) push(window, number);
    expect(window.makeRoom()).toEqual(new Map());
    take(window, 'archive');
    take(window, 'other', { records: 1, bytes: 1_000 });
    expect(window.makeRoom()).toEqual(
      new Map([
        ['tail', 2],
        ['other', 1],
      ]),
    );
    expect(window.hasRoom).toBe(true);
    expect(take(window, 'tail')).toEqual([3, 4]);
    expect(take(window, 'other')).toEqual([3, 4]);
  });

  test('is never made from what a required sink still needs', () => {
    const window = new Window(10, [required, bestEffort]);
    push(window, 1);
    take(window, 'tail');
    expect(window.makeRoom()).toEqual(new Map());
    expect(take(window, 'archive')).toEqual([1]);
  });

  test('does not count as dropped what a sink had before', () => {
    const window = new Window(10, [required, { ...bestEffort, position: 1n }]);
    push(window, 1);
    push(window, 2);
    take(window, 'archive');
    expect(window.makeRoom()).toEqual(new Map([['tail', 1]]));
  });

  test('may be made under an open request: its answer changes nothing any more', () => {
    const window = new Window(10, [required, bestEffort]);
    push(window, 1);
    const open = window.batchFor('tail', everything);
    take(window, 'archive');
    window.makeRoom();
    push(window, 2);
    window.settle('tail', open?.end ?? 0);
    expect(take(window, 'tail')).toEqual([2]);
    expect(window.bytes).toBe(10);
  });
});

describe('what is left behind at the end of a term', () => {
  test('is what the token covers and a best-effort sink has not had, counted by sink', () => {
    const window = new Window(1_000, [required, bestEffort, { ...bestEffort, name: 'other', position: 5n }]);
    for (const number of range(1, 8)) push(window, number);
    take(window, 'tail', { records: 2, bytes: 1_000 });
    take(window, 'archive', { records: 6, bytes: 1_000 });
    expect([...window.leftBehind]).toEqual([
      ['tail', 4],
      ['other', 1],
    ]);
  });

  test('is nothing of a list that is not settled as a whole: it is read again', () => {
    const window = new Window(1_000, [required, bestEffort]);
    push(window, 4);
    for (const number of [8, 6, 7]) push(window, number, { position: undefined });
    take(window, 'archive');
    expect([...window.leftBehind]).toEqual([['tail', 1]]);
    window.advance(9n);
    expect([...window.leftBehind]).toEqual([['tail', 4]]);
  });

  test('is nothing where no sink is required: then the slowest holds the token back', () => {
    const window = new Window(1_000, [bestEffort, { ...bestEffort, name: 'other' }]);
    for (const number of range(1, 4)) push(window, number);
    take(window, 'tail');
    expect([...window.leftBehind]).toEqual([]);
  });
});

describe('a window whose history went back', () => {
  test('still delivers what it holds, but nothing of that moves a position', () => {
    const window = new Window(100, [{ ...required, position: 4n }]);
    push(window, 5);
    window.rewind();
    expect(window.settledThrough).toBe(0n);
    push(window, 2, { position: undefined });
    window.advance(3n);
    expect(take(window, 'archive', { records: 1, bytes: 1_000 })).toEqual([5]);
    expect(window.settledThrough).toBe(0n);
    expect(take(window, 'archive')).toEqual([2]);
    expect(window.settledThrough).toBe(3n);
  });

  test('sends everything to every sink again: resourceVersions of the old history say nothing about the new one', () => {
    const window = new Window(100, [{ ...required, position: 40n }]);
    window.rewind();
    push(window, 7);
    expect(take(window, 'archive')).toEqual([7]);
  });
});

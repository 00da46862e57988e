import { fc, runs } from '../../support/fast-check.ts';
import { expect, test } from 'vitest';
import { Window } from '../../../runtime/src/collection/window.ts';
import { eventRecord } from '../../support/records.ts';

const capacity = 60;

interface Sink {
  readonly name: string;
  readonly required: boolean;
  readonly start: bigint;
}

/** One thing that was read: a record, or how far the stream had come without one. */
interface Read {
  readonly record:
    | { readonly id: string; readonly version: bigint; readonly bytes: number; readonly since: number }
    | undefined;
  readonly position: bigint | undefined;
  readonly settled: Set<string>;
}

/** What a window should do, told from everything that was ever read. */
class Model {
  readonly #sinks: readonly Sink[];
  #log: Read[] = [];
  #rewoundAt = -1;

  constructor(sinks: readonly Sink[]) {
    this.#sinks = sinks;
  }

  add(record: Read['record'], position: bigint | undefined): void {
    this.#log.push({ record, position, settled: new Set() });
  }

  rewind(): void {
    this.#rewoundAt = this.#log.length;
  }

  /** What the sink has to be given next. */
  pending(sink: Sink): readonly Read[] {
    return this.#log.filter(({ record, settled }) => record !== undefined && !settled.has(sink.name));
  }

  isHad(sink: Sink, version: bigint): boolean {
    return version <= (this.#rewoundAt < 0 ? sink.start : 0n);
  }

  position(sink: Sink): bigint {
    let through = this.#rewoundAt < 0 ? sink.start : 0n;
    for (const [index, { record, position, settled }] of this.#log.entries()) {
      if (record !== undefined && !settled.has(sink.name)) break;
      if (index >= this.#rewoundAt && position !== undefined && position > through) through = position;
    }
    return through;
  }

  get holding(): readonly Sink[] {
    const required = this.#sinks.filter((sink) => sink.required);
    return required.length > 0 ? required : this.#sinks;
  }

  get settledThrough(): bigint {
    return this.holding.map((sink) => this.position(sink)).reduce((a, b) => (a < b ? a : b));
  }

  get bytes(): number {
    return this.#log
      .filter(({ settled }) => settled.size < this.#sinks.length)
      .reduce((sum, { record }) => sum + (record?.bytes ?? 0), 0);
  }

  get unsettledSince(): number | undefined {
    const times = this.holding.flatMap((sink) => this.pending(sink).map(({ record }) => record?.since ?? 0));
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

const op = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      bytes: fc.integer({ min: 1, max: 50 }),
      since: fc.nat(9),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('list' as const), items: fc.nat(4) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      sink: fc.nat(2),
      records: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('make room' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rewind' as const) }) },
);

const sinks = fc
  .array(fc.record({ required: fc.boolean(), start: fc.bigInt({ min: 0n, max: 12n }) }), { minLength: 1, maxLength: 3 })
  .map((kinds) => kinds.map((kind, index): Sink => ({ name: `sink-${index}`, ...kind })));

test('whatever is read and settled in whatever pace, the window is at the highest position up to which everything is settled', () => {
  fc.assert(
    fc.property(sinks, fc.array(op, { maxLength: 60 }), (kinds, ops) => {
      const window = new Window(
        capacity,
        kinds.map(({ name, required, start }) => ({ name, required, position: start })),
      );
      const model = new Model(kinds);
      let revision = 0;
      const read = (bytes: number, since: number, inList: boolean) => {
        revision += 1;
        const version = BigInt(revision);
        const record = eventRecord(revision);
        const position = inList ? undefined : version;
        window.push({ record, version, position, bytes, since });
        model.add({ id: record.id, version, bytes, since }, position);
      };
      const advance = () => {
        revision += 1;
        window.advance(BigInt(revision));
        model.add(undefined, BigInt(revision));
      };
      for (const step of ops) {
        if (step.do === 'read') read(step.bytes, step.since, false);
        else if (step.do === 'advance') advance();
        else if (step.do === 'list') {
          for (let item = 0; item < step.items; item += 1) read(5, item, true);
          advance();
        } else if (step.do === 'settle') settleNext(window, model, kinds[step.sink % kinds.length], step.records);
        else if (step.do === 'rewind') {
          window.rewind();
          model.rewind();
          revision = 0;
        } else makeRoom(window, model, kinds);
        expect(window.settledThrough).toBe(model.settledThrough);
        expect(window.unsettledSince).toBe(model.unsettledSince);
        expect(window.bytes).toBe(model.bytes);
        expect(window.hasRoom).toBe(model.bytes < capacity);
        const ahead = kinds.filter((sink) => model.position(sink) > model.settledThrough);
        expect(window.aheadPositions).toEqual(new Map(ahead.map((sink) => [sink.name, model.position(sink)])));
      }
    }),
    { numRuns: runs(400) },
  );
});

function settleNext(window: Window, model: Model, sink: Sink | undefined, records: number): void {
  if (sink === undefined) return;
  const pending = model.pending(sink);
  const batch = window.batchFor(sink.name, { records, bytes: 1_000_000 });
  if (pending.length === 0) return expect(batch).toBeUndefined();
  const wanted = pending
    .filter(({ record }) => record !== undefined && !model.isHad(sink, record.version))
    .slice(0, records);
  expect(batch?.records.map(({ id }) => id)).toEqual(wanted.map(({ record }) => record?.id));
  window.settle(sink.name, batch?.end ?? 0);
  const last = wanted.length < records ? pending.length : pending.indexOf(wanted.at(-1) as Read) + 1;
  const following = pending
    .slice(last)
    .findIndex(({ record }) => record !== undefined && !model.isHad(sink, record.version));
  const passed = wanted.length < records || following < 0 ? pending : pending.slice(0, last + following);
  for (const { settled } of passed) settled.add(sink.name);
}

function makeRoom(window: Window, model: Model, kinds: readonly Sink[]): void {
  const expected = new Map<string, number>();
  while (model.bytes >= capacity) {
    const oldest = kinds.flatMap((sink) => model.pending(sink).slice(0, 1)).reduce(older);
    const holding = kinds.filter((sink) => !oldest.settled.has(sink.name));
    if (holding.some(({ required }) => required)) break;
    for (const sink of holding) {
      oldest.settled.add(sink.name);
      if (oldest.record !== undefined && !model.isHad(sink, oldest.record.version))
        expected.set(sink.name, (expected.get(sink.name) ?? 0) + 1);
    }
  }
  expect(window.makeRoom()).toEqual(expected);
}

/** The one that was read first: settled by the most, or the same. */
function older(a: Read, b: Read): Read {
  return a.settled.size >= b.settled.size ? a : b;
}

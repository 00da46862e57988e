import { fc, runs } from '../../support/fast-check.ts';
import { expect, test } from 'vitest';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import { readConfigMap } from '../../../runtime/src/token/token-config-map.ts';
import type { Snapshot, Written } from '../../support/event-source.ts';
import { failure, lostAnswer, refusal } from '../../support/named-object.ts';
import { Archive, Installation, type InstallationOptions, type Pod, type SinkMode } from './installation.ts';

const second = 1_000;
const minute = 60 * second;
const usualTtlMs = 10 * minute;
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

const write = fc.record({ do: fc.constant('write' as const), name: fc.constantFrom(...names) });
const pass = fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 8 * second }) });
const wait = fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: minute, max: 4 * minute }) });
const sinkMode = (...modes: readonly SinkMode[]) =>
  fc.record({ do: fc.constant('sink' as const), sink: fc.nat(1), mode: fc.constantFrom(...modes) });
const simply = <D extends string>(...what: readonly D[]) => fc.record({ do: fc.constantFrom(...what) });

const handOvers = fc.oneof(
  { weight: 10, arbitrary: write },
  { weight: 8, arbitrary: pass },
  { weight: 1, arbitrary: wait },
  { weight: 3, arbitrary: simply('hand over') },
  { weight: 2, arbitrary: simply('cut', 'lose token write', 'refuse watch') },
  { weight: 3, arbitrary: sinkMode('accepts', 'refuses') },
);

const troubles = fc.oneof(
  { weight: 14, arbitrary: handOvers },
  { weight: 3, arbitrary: simply('crash') },
  { weight: 3, arbitrary: simply('compact', 'end') },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('clock' as const), ms: fc.integer({ min: -4 * minute, max: 4 * minute }) }),
  },
  { weight: 2, arbitrary: sinkMode('accepts', 'refuses', 'loses answers', 'hangs') },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('absence' as const),
      ms: fc.integer({ min: minute, max: 15 * minute }),
      unread: fc.array(fc.constantFrom(...names), { maxLength: 3 }),
    }),
  },
);

const rewinds = fc.oneof(
  { weight: 12, arbitrary: handOvers },
  { weight: 2, arbitrary: simply('crash', 'compact') },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rewind' as const), writes: fc.integer({ min: 1, max: 8 }) }) },
);

type ValueOf<A> = A extends fc.Arbitrary<infer V> ? V : never;

type Step = ValueOf<typeof troubles> | ValueOf<typeof rewinds>;

type StoreOptions = Pick<InstallationOptions, 'ttlMs' | 'onExpired' | 'emptyMs' | 'writeTimes' | 'leader'>;

/** One run, and what has to be true of it at any time. */
class Simulation {
  readonly site: Installation;
  readonly #archives = [new Archive('archive'), new Archive('mirror')];
  readonly #pods: Pod[] = [];
  readonly #snapshots: { readonly state: Snapshot; readonly writes: number }[] = [];
  readonly #vanished = new Set<string>();
  readonly #lies: string[] = [];
  #token = { history: 0, position: 0n };

  constructor(seed: number, store: StoreOptions = {}) {
    this.site = new Installation({
      ttlMs: usualTtlMs,
      ...store,
      pageSize: 3,
      latencyMs: 200,
      archives: this.#archives,
      random: randomFrom(seed),
    });
    this.site.onTokenWrite = () => this.#judgeToken();
  }

  get told(): readonly Happening[] {
    return this.#pods.flatMap(({ told }) => told);
  }

  async start(): Promise<void> {
    const pod = this.site.start(`collector-${this.#pods.length}`);
    this.#pods.push(pod);
    await this.site.clock.pass(5 * second);
  }

  async run(step: Step): Promise<void> {
    const { events, configMaps, clock } = this.site;
    const [pod] = this.#pods.slice(-1);
    if (step.do === 'pass') await clock.pass(step.ms);
    else if (step.do === 'write') this.#write(step.name);
    else if (step.do === 'cut') events.endStreams(failure('API_BROKEN', 'cut'));
    else if (step.do === 'lose token write') configMaps.next('update', lostAnswer());
    else if (step.do === 'refuse watch') events.next('watch', refusal('API_FORBIDDEN'));
    else if (step.do === 'compact') events.compact();
    else if (step.do === 'end') events.endStreams();
    else if (step.do === 'clock') events.answersAheadMs = step.ms;
    else if (step.do === 'sink') this.#switch(step.sink, step.mode);
    else if (step.do === 'rewind') await this.#rewind(step.writes);
    else if (step.do === 'crash') {
      pod?.crash();
      await this.start();
    } else {
      if (pod !== undefined) expect(await this.site.stopInOrder(pod)).toBeUndefined();
      if (step.do === 'absence') {
        for (const name of step.unread) this.#write(name);
        await clock.pass(step.ms);
        events.compact();
      }
      await this.start();
    }
  }

  async heal(): Promise<void> {
    for (const archive of this.#archives) archive.mode = 'accepts';
    await this.site.clock.pass(4 * minute);
  }

  /** What a token said that was not so. */
  get lies(): readonly string[] {
    return this.#lies;
  }

  /** Versions that a sink never got, though nothing says why. */
  lost(): readonly string[] {
    return this.#archives.flatMap((archive) =>
      this.site.events.written
        .filter((version) => !this.#isSettled(archive, version))
        .map(({ id }) => `${id} in ${archive.name}`),
    );
  }

  /** How often a sink got a version again. */
  repeated(): readonly string[] {
    return this.#archives.flatMap(({ received }) => received.filter((id, index) => received.indexOf(id) < index));
  }

  /** Versions that a sink got for the first time after a later one of the same object. */
  disordered(): readonly string[] {
    const revisionOf = (id: string) => Number(id.split('.')[1]);
    return this.#archives.flatMap(({ received }) =>
      [...new Set(received)].filter((id, index, first) => {
        const [uid] = id.split('.');
        return first.slice(0, index).some((other) => other.startsWith(`${uid}.`) && revisionOf(other) > revisionOf(id));
      }),
    );
  }

  #write(name: string): void {
    const { events } = this.site;
    this.#snapshots.push({ state: events.snapshot(), writes: events.written.length });
    if (events.names.includes(name)) events.update(name);
    else events.create(name);
  }

  /** The store is put back to what it was so many writes ago. Whoever leads, or comes to lead, is given the time to notice. */
  async #rewind(writes: number): Promise<void> {
    const { events, clock } = this.site;
    const before = this.#snapshots.splice(-writes)[0];
    if (before === undefined) return;
    for (const { id } of events.written.slice(before.writes)) this.#vanished.add(id);
    events.restore(before.state);
    await clock.pass(100 * second);
  }

  #switch(index: number, mode: SinkMode): void {
    const [archive] = this.#archives.slice(index);
    if (archive !== undefined) archive.mode = mode;
  }

  #isSettled({ received, gaps }: Archive, { id, revision }: Written): boolean {
    if (received.includes(id) || this.#vanished.has(id)) return true;
    const [uid] = id.split('.');
    const isSuperseded = received.some(
      (other) => other.startsWith(`${uid}.`) && Number(other.split('.')[1]) > revision,
    );
    if (isSuperseded) return this.told.some(({ what }) => what === 'relist');
    return gaps.some(
      ({ gap: { from, to } }) => Number(from.resourceVersion) < revision && revision <= Number(to.resourceVersion),
    );
  }

  #judgeToken(): void {
    const { annotation } = readConfigMap(this.site.configMaps.object);
    if (annotation === undefined) return;
    const { history, position } = annotation;
    if (history === this.#token.history ? position < this.#token.position : history < this.#token.history)
      this.#lies.push(`${position} in history ${history} after ${this.#token.position} in ${this.#token.history}`);
    this.#token = { history, position };
    const early = this.lost().filter((id) => BigInt(id.split(/[. ]/)[1] ?? '0') <= position);
    this.#lies.push(...early.map((id) => `${position} before ${id}`));
  }
}

/** Runs the steps, heals what was broken, and gives every sink the time to catch up. */
async function simulate(seed: number, steps: readonly Step[], store?: StoreOptions): Promise<Simulation> {
  const simulation = new Simulation(seed, store);
  await simulation.start();
  for (const step of steps) await simulation.run(step);
  await simulation.heal();
  await simulation.site.end();
  return simulation;
}

const some = (steps: fc.Arbitrary<Step>) => fc.array(steps, { minLength: 10, maxLength: 40 });

test('whatever crashes, fails or goes away, each version is delivered, superseded in a relist, or covered by a gap; and the token never lies', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), some(troubles), async (seed, steps) => {
      const simulation = await simulate(seed, steps);
      expect(simulation.lies).toEqual([]);
      expect(simulation.lost()).toEqual([]);
      expect(simulation.disordered()).toEqual([]);
    }),
    { numRuns: runs(200) },
  );
});

test.each<StoreOptions>([
  { onExpired: 'empty', emptyMs: 0 },
  { onExpired: 'empty', emptyMs: 5 * second },
  { onExpired: 'empty', emptyMs: 60 * minute },
  { onExpired: 'newest first' },
  { writeTimes: 'missing' },
  { writeTimes: 'forged' },
  { writeTimes: 'forged', leader: { windowBytes: 2_000 } },
])('the same holds with %j', async (store) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), some(troubles), async (seed, steps) => {
      const simulation = await simulate(seed, steps, store);
      expect(simulation.lies).toEqual([]);
      expect(simulation.lost()).toEqual([]);
      expect(simulation.disordered()).toEqual([]);
    }),
    { numRuns: runs(60) },
  );
});

test('hand-overs in order send nothing twice, to any sink, whatever its pace', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), some(handOvers), async (seed, steps) => {
      const simulation = await simulate(seed, steps);
      expect(simulation.lies).toEqual([]);
      expect(simulation.lost()).toEqual([]);
      expect(simulation.repeated()).toEqual([]);
      expect(simulation.disordered()).toEqual([]);
    }),
    { numRuns: runs(80) },
  );
});

test('a store that is put back again and again has everything delivered that it then holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), some(rewinds), async (seed, steps) => {
      const simulation = await simulate(seed, steps, { ttlMs: 24 * 60 * minute });
      expect(simulation.lies).toEqual([]);
      expect(simulation.lost()).toEqual([]);
    }),
    { numRuns: runs(80) },
  );
});

/** The same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

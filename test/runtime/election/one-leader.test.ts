import { fc, runs } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { type LockResource, lockResources } from '../../../runtime/src/contract/lock-resource.ts';
import { type Leadership, runElector } from '../../../runtime/src/election/elector.ts';
import { untilAborted } from '../../../runtime/src/support/signals.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { failure, type Passage, silence } from '../../support/named-object.ts';
import { elective, type LeaseStore, lockStore } from './elections.ts';

const stepMs = 500;
const troubledMs = 400_000;

/** Long enough for a lease to run out on the slowest clock, and for everybody to have come back to the lock. */
const calmMs = 200_000;

/** What befalls a process, or its way to the API server, for a while. */
const troubles = ['stopped', 'suspended', 'restarted', 'cut off', 'losing answers', 'refused', 'late'] as const;

interface Trouble {
  readonly kind: (typeof troubles)[number];
  readonly whom: 'whoever leads' | number;
  readonly at: number;
  readonly lasting: number;
}

interface Plan {
  readonly rates: readonly number[];
  readonly chances: number;
  readonly troubles: readonly Trouble[];
}

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  rates: fc.array(fc.constantFrom(1, 1.2, 1.5), { minLength: 3, maxLength: 3 }),
  // The generator's modulus itself would give nothing but zeros.
  chances: fc.integer({ min: 1, max: 2_147_483_646 }),
  troubles: fc.array(
    fc.record({
      kind: fc.constantFrom(...troubles),
      whom: fc.constantFrom<Trouble['whom'][]>('whoever leads', 0, 1, 2),
      at: fc.nat(troubledMs),
      lasting: fc.integer({ min: 1_000, max: 120_000 }),
    }),
    { maxLength: 12 },
  ),
});

/** Numbers in (0, 1) that depend on the seed alone. */
function chancesFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state || 1) / 2_147_483_648;
  };
}

class Member {
  readonly clock = manualClock();
  readonly leaderships: Leadership[] = [];
  /** Unhampered where undefined. */
  trouble: Trouble['kind'] | undefined;
  readonly #store: LeaseStore;
  readonly #network = manualClock();
  readonly #rate: number;
  readonly #chance: () => number;
  readonly #podName: string;
  #processes = 0;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #missed = 0;
  /** While it stands still nothing that arrives is read. */
  #awake = Promise.withResolvers<void>();

  constructor(store: LeaseStore, podName: string, rate: number, chance: () => number) {
    this.#store = store;
    this.#podName = podName;
    this.#rate = rate;
    this.#chance = chance;
    this.#awake.resolve();
    this.start();
  }

  start(): void {
    this.#processes += 1;
    this.#stop = new AbortController();
    const options = elective(this.#store, {
      podName: this.#podName,
      nonce: String(this.#processes).padStart(8, '0'),
      clock: this.clock,
      random: this.#chance,
      passage: this.#passage,
    });
    const lead = async (leadership: Leadership, stop: AbortSignal) => {
      this.leaderships.push(leadership);
      await untilAborted(stop, leadership.term.signal);
    };
    this.#running = runElector({ ...options, lead, onRole: () => undefined }, this.#stop.signal);
  }

  async pass(ms: number): Promise<void> {
    if (this.#standsStill) this.#missed += ms;
    else await this.clock.pass(ms * this.#rate);
    await this.#network.pass(ms);
  }

  begin(kind: Trouble['kind']): void {
    this.recover();
    this.trouble = kind;
    if (this.#standsStill) this.#awake = Promise.withResolvers<void>();
    if (kind === 'restarted') this.#stop.abort();
  }

  recover(): void {
    const { trouble } = this;
    const missed = this.#missed * this.#rate;
    this.#missed = 0;
    this.trouble = undefined;
    if (trouble === 'stopped') this.clock.advance(missed);
    if (trouble === 'suspended') {
      this.clock.shiftWallTime(missed);
      for (const { term } of this.leaderships) term.check();
    }
    this.#awake.resolve();
    if (trouble === 'restarted') this.start();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.pass(60_000);
    await this.#running;
  }

  /** How many terms it would act for at this moment. */
  get validTerms(): number {
    if (this.#standsStill) return 0;
    return this.leaderships.filter(({ term }) => !term.signal.aborted && this.clock.now() < term.validUntil).length;
  }

  get #standsStill(): boolean {
    return this.trouble === 'stopped' || this.trouble === 'suspended';
  }

  readonly #passage: Passage = async (apply, request) => {
    const { signal } = request;
    const longest = this.trouble === 'late' ? 30_000 : 300;
    if (this.trouble === 'cut off') return silence(apply, request);
    if (this.trouble === 'refused') throw failure('API_UNAVAILABLE', 'refused');
    const loses = this.trouble === 'losing answers' && this.#chance() < 0.5;
    const arrived = this.#network.sleep(this.#chance() * longest).then(apply);
    const answer = await Promise.race([arrived, silence(apply, request)]);
    if (loses) throw failure('API_UNAVAILABLE', 'the answer was lost');
    await this.#network.sleep(this.#chance() * longest, signal);
    await this.#awake.promise;
    return answer;
  };
}

async function live(resource: LockResource, { rates, chances, troubles: planned }: Plan): Promise<readonly Member[]> {
  const store = lockStore(resource);
  const chance = chancesFrom(chances);
  const members = rates.map((rate, index) => new Member(store, `collector-${index}`, rate, chance));
  const struck = new Map<Trouble, Member | undefined>();
  for (let now = 0; now < troubledMs + calmMs; now += stepMs) {
    for (const trouble of planned) {
      const { kind, whom, at, lasting } = trouble;
      const starts = Math.floor(at / stepMs) * stepMs;
      const ends = Math.min(troubledMs, starts + Math.ceil(lasting / stepMs) * stepMs);
      if (now === starts) {
        const member = whom === 'whoever leads' ? members.find(({ validTerms }) => validTerms > 0) : members[whom];
        struck.set(trouble, member);
        member?.begin(kind);
      }
      if (now === ends && struck.get(trouble)?.trouble === kind) struck.get(trouble)?.recover();
      expectAtMostOne(members);
    }
    for (const member of members) {
      await member.pass(stepMs);
      expectAtMostOne(members);
    }
  }
  return members;
}

function expectAtMostOne(members: readonly Member[]): void {
  expect(members.reduce((sum, { validTerms }) => sum + validTerms, 0)).toBeLessThanOrEqual(1);
}

const plans = runs(20);
/** Limit for one plan, in case an election hangs; a plan normally takes 0.15 s on two quiet cores. */
const limitMs = 25_000;

describe.each(lockResources)('with a lock among %s', (resource) => {
  test('whatever befalls three processes whose clocks differ by up to half, two terms are never valid at once, and in the end one is', {
    timeout: plans * limitMs,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan, async (plan) => {
        const members = await live(resource, plan);
        const numbers = members.flatMap(({ leaderships }) => leaderships.map(({ term }) => term.number));
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(members.reduce((sum, { validTerms }) => sum + validTerms, 0)).toBe(1);
        for (const member of members) await member.end();
      }),
      { numRuns: plans },
    );
  });
});

import { actsInProgress, type Fault } from './fault.ts';
import { matches, type RequestFacts, type Scope } from './scope.ts';

/** One fault at work. */
export class Injection<F extends Fault = Fault> {
  readonly fault: F;
  readonly scope: Scope;
  readonly #onHeal: (injection: Injection) => Promise<void>;
  #hits = 0;
  #healed = false;

  constructor(fault: F, scope: Scope, onHeal: (injection: Injection) => Promise<void>) {
    this.fault = fault;
    this.scope = scope;
    this.#onHeal = onHeal;
  }

  /** Requests hit so far. */
  get hits(): number {
    return this.#hits;
  }

  get isHealed(): boolean {
    return this.#healed;
  }

  /** Counts a hit. @returns whether it hits this request */
  strikes(request: RequestFacts, when: 'open' | 'new'): boolean {
    const { reach = when, times = Number.POSITIVE_INFINITY } = this.scope;
    if (when === 'open' && !actsInProgress(this.fault)) return false;
    if (this.#healed || reach !== when || this.#hits >= times || !matches(this.scope, request)) return false;
    this.#hits += 1;
    return true;
  }

  /** Ends it. Resolves when connections are accepted again where they were refused. */
  async heal(): Promise<void> {
    if (this.#healed) return;
    this.#healed = true;
    await this.#onHeal(this);
  }
}

import { inertText } from '../../runtime/src/support/inert-text.ts';
import type { Pod } from '../trial/pod.ts';
import type { Workload } from '../trial/workload.ts';
import { sampleText, tableHead, tableRow } from './arrivals.ts';
import { DemoError } from './demo-error.ts';
import { pause } from './patience.ts';
import type { Screen } from '../support/screen.ts';
import { nothingSeen, type Sight, tellChanges } from './sight.ts';
import type { Stage } from './stage.ts';

const lookEveryMs = 100;
const rowEveryMs = 1_000;
const sampleEveryRows = 7;

/** Looks at lock, token and arrivals from outside, and shows what changes. */
export class Observer {
  readonly #stage: Stage;
  readonly #workload: Workload;
  readonly #screen: Screen;
  /** Pods whose end is part of the play. */
  readonly #mayEnd = new Set<Pod>();
  readonly #killed = new Set<Pod>();
  readonly #logRead = new Map<Pod, number>();
  #sight: Sight = nothingSeen;
  #looking: Promise<void> = Promise.resolve();
  #shown = 0;
  readonly #arrived = new Set<string>();
  #rows = 0;

  constructor(stage: Stage, workload: Workload, screen: Screen) {
    this.#stage = stage;
    this.#workload = workload;
    this.#screen = screen;
  }

  /** Goes on until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let nextRow = performance.now() + rowEveryMs;
    while (!signal.aborted) {
      await this.look();
      this.#checkPods();
      if (performance.now() >= nextRow) {
        this.#row();
        nextRow += rowEveryMs;
      }
      const wait = Math.max(0, Math.min(lookEveryMs, nextRow - performance.now()));
      await pause(wait, signal).catch(() => undefined);
    }
  }

  /** Looks now, and shows what changed since the last time. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  allowEnd(pod: Pod): void {
    this.#mayEnd.add(pod);
  }

  /** What is said about its end is said by the shell that stands over it. */
  expectKill(pod: Pod): void {
    this.#mayEnd.add(pod);
    this.#killed.add(pod);
  }

  expectRunning(pod: Pod): void {
    this.#checkPods();
    this.#mayEnd.delete(pod);
    this.#killed.delete(pod);
  }

  head(): void {
    this.#screen.say('events', tableHead(this.#names), 'quiet');
  }

  async #look(): Promise<void> {
    const { installation } = this.#stage;
    const [token, lease] = [await installation.tokenConfigMap(), await installation.lease()];
    const sight: Sight = {
      holder: lease?.spec.holderIdentity ?? '',
      term: lease?.spec.leaseTransitions ?? 0,
      token: token?.data?.['event.tokenKey'],
    };
    for (const line of tellChanges(this.#sight, sight)) this.#screen.line(line);
    this.#sight = sight;
  }

  #row(): void {
    const { arrivals } = this.#stage;
    const latest = arrivals.slice(this.#shown);
    this.#shown = arrivals.length;
    const before = this.#arrived.size;
    for (const { record } of latest) this.#arrived.add(record.id);
    const text = tableRow({
      collectors: this.#names,
      arrivals: latest,
      written: this.#workload.written.length,
      arrived: this.#arrived.size,
    });
    this.#screen.say('events', text);
    const again = latest.length - (this.#arrived.size - before);
    if (again > 0) this.#screen.more(`${again} of them came again, each with its id of before`);
    this.#rows += 1;
    const sample = latest.at(-1);
    if (sample !== undefined && this.#rows % sampleEveryRows === 3)
      this.#screen.say('sample', sampleText(sample.record), 'quiet');
  }

  /** A healthy collector has nothing to warn of, and does not end by itself. */
  #checkPods(): void {
    for (const pod of this.#stage.installation.pods) {
      for (const { level, message } of pod.log.slice(this.#logRead.get(pod) ?? 0)) {
        if ((level === 'warn' || level === 'error') && !this.#killed.has(pod))
          this.#screen.say(level, `${pod.name}: ${inertText(message, 300)}`, 'bad');
      }
      this.#logRead.set(pod, pod.log.length);
      if (!pod.isRunning && !this.#mayEnd.has(pod)) throw new DemoError(`${pod.name} ended by itself`);
    }
  }

  get #names(): readonly string[] {
    return this.#stage.installation.pods.map(({ name }) => name);
  }
}

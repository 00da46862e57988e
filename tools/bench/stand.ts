/** Where one benchmark runs: a control plane of its own, and what was started on it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlPlane } from '../cluster/control-plane.ts';
import type { Binaries } from '../cluster/binaries.ts';
import { startControlPlane } from '../cluster/real.ts';
import { type Account, figuresOf } from '../trial/account.ts';
import { Installation, type InstallationOptions } from '../trial/installation.ts';
import type { Pace, Workload } from '../trial/workload.ts';
import { BenchError } from './bench-error.ts';

export interface Writing {
  /** Ends it. Throws what it met with. */
  stop(): Promise<void>;
}

export class Stand {
  readonly plane: ControlPlane;
  /** Tells how far the benchmark is. */
  readonly progress: (text: string) => void;
  readonly #undos: (() => Promise<void>)[] = [];

  constructor(plane: ControlPlane, progress: (text: string) => void) {
    this.plane = plane;
    this.progress = progress;
  }

  static async open(binaries: Binaries, progress: (text: string) => void): Promise<Stand> {
    return new Stand(await startControlPlane({}, binaries), progress);
  }

  async install(options: InstallationOptions): Promise<Installation> {
    const installation = await Installation.apply(this.plane, options);
    this.#undos.push(() => installation.remove());
    return installation;
  }

  write(workload: Workload, pace: Pace): Writing {
    const stopping = new AbortController();
    const running = workload.run(pace, stopping.signal);
    running.catch(() => undefined); // told by stop()
    this.#undos.push(async () => stopping.abort());
    return {
      async stop() {
        stopping.abort();
        await running;
      },
    };
  }

  /** Ends what runs, the latest first. */
  async close(): Promise<void> {
    for (const undo of this.#undos.splice(0).reverse()) await undo();
    await this.plane.stop();
  }
}

/** A figure is worth nothing where an Event was lost. @param excused ids that a crash may send again */
export function assertKept(what: string, account: Account, excused: ReadonlySet<string> = new Set()): void {
  const { duplicated, outOfOrder, unexpected, gaps, lost, superseded } = account;
  const unexcused = duplicated.filter(({ id }) => !excused.has(id));
  const broken = [lost, superseded, unexcused, outOfOrder, unexpected, gaps].some(({ length }) => length > 0);
  if (broken) throw new BenchError(`${what}: the promises were broken: ${JSON.stringify(figuresOf(account))}`);
}

/** Gives it up after a while; what it was doing then comes to nothing. */
export async function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(seconds * 1_000, undefined, { signal: timer.signal }).then(() => {
    throw new BenchError(`${what} is broken off after ${seconds} s`);
  });
  late.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

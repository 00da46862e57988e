/** What happens on the stage: collectors start, Events are written, and the baton is passed twice. */
import type { Pod } from '../trial/pod.ts';
import { until } from '../trial/until.ts';
import { firstOfNext, type Handover, type Reign, repeatable } from './handover.ts';
import type { Observer } from './observer.ts';
import { pause, unlessAborted } from './patience.ts';
import type { Screen } from '../support/screen.ts';
import { podOf } from './sight.ts';
import type { Stage } from './stage.ts';

/** What a crash may send again, told for each sink by itself. */
export interface Repeatable {
  readonly file: ReadonlySet<string>;
  readonly stdout: ReadonlySet<string>;
}

const quietMs = 8_000;
/** About what a kubelet takes to start a container again. */
const restartMs = 1_000;

export class Play {
  readonly #stage: Stage;
  readonly #observer: Observer;
  readonly #screen: Screen;
  readonly #signal: AbortSignal;

  constructor(stage: Stage, observer: Observer, screen: Screen, signal: AbortSignal) {
    this.#stage = stage;
    this.#observer = observer;
    this.#screen = screen;
    this.#signal = signal;
  }

  /** Time in which nothing happens but Events. */
  async quiet(): Promise<void> {
    this.#observer.head();
    await pause(quietMs, this.#signal);
  }

  async handOver(): Promise<Handover> {
    const leader = await this.leader();
    this.#screen.title(`SIGTERM to the leader, ${leader.name}: as when its node is drained`, 'turn');
    this.#observer.allowEnd(leader);
    const signalAt = performance.now();
    const ended = leader.stop('SIGTERM');
    const handover = await this.#handover('SIGTERM', { collector: leader.name, signalAt });
    this.#screen.more('token written, lock let go: the next one goes on from there');
    const code = await unlessAborted(this.#signal, ended);
    this.#screen.say('process', `${leader.name} ended, exit code ${code}`);
    await pause(restartMs, this.#signal);
    await this.#restart(leader);
    const holder = await unlessAborted(this.#signal, followedBy(leader));
    this.#screen.say('follower', `${leader.name} is back, and follows ${podOf(holder)}`);
    return handover;
  }

  async crash(): Promise<{ readonly handover: Handover; readonly repeatable: Repeatable }> {
    const leader = await this.leader();
    this.#screen.title(`kill -9 of the leader, ${leader.name}: a crash: no token written, no lock let go`, 'turn');
    this.#observer.expectKill(leader);
    const signalAt = performance.now();
    await leader.stop('SIGKILL');
    this.#screen.say('process', `${leader.name} is gone; the lock still names it, for up to 60 s`);
    await pause(restartMs, this.#signal);
    const left = await this.#left();
    const restartedAt = performance.now();
    await this.#restart(leader);
    this.#screen.say('process', `${leader.name} runs again, as a kubelet would see to`);
    this.#screen.more('the same pod may take its lock back at once');
    const handover = await this.#handover('kill -9', { collector: leader.name, signalAt, restartedAt });
    this.#screen.more(`${left.file.size} Events were sent after the last token: they come again`);
    return { handover, repeatable: left };
  }

  async #handover(cause: Handover['cause'], reign: Reign): Promise<Handover> {
    const first = await unlessAborted(
      this.#signal,
      until('the first Event of the next leader', () => firstOfNext(this.#stage.arrivals, reign), { everyMs: 5 }),
    );
    await this.#observer.look();
    const milliseconds = first.at - reign.signalAt;
    const whose = first.collector === reign.collector ? 'its new process' : first.collector;
    this.#screen.say('baton', `passed in ${Math.round(milliseconds)} ms: signal to first Event of ${whose}`, 'turn');
    return { cause, milliseconds };
  }

  /** What no token covers at this moment, in which no leader runs. */
  async #left(): Promise<Repeatable> {
    const { installation, arrivals } = this.#stage;
    const token = await installation.storedPosition();
    return {
      file: repeatable(await installation.deliveries(), token),
      stdout: repeatable(
        arrivals.map(({ record }) => record),
        token,
      ),
    };
  }

  async #restart(pod: Pod): Promise<void> {
    await pod.start();
    this.#observer.expectRunning(pod);
  }

  /** Waits until somebody leads. */
  async leader(): Promise<Pod> {
    const leader = await unlessAborted(this.#signal, this.#stage.installation.leader());
    await this.#observer.look();
    return leader;
  }
}

/** Whom it follows, as its status page says once it has seen the lock. */
function followedBy(pod: Pod): Promise<string> {
  return until(`${pod.name} as a follower`, async () => {
    const { role, holder } = JSON.parse(await pod.page('/status')) as {
      readonly role: string;
      readonly holder?: string;
    };
    return role === 'candidate' ? holder : undefined;
  });
}

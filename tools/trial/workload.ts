/** Writes Events, and keeps what the API server answered. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AdminAnswer, AdminClient } from '../cluster/admin-client.ts';
import type { Version } from './account.ts';

export interface Pace {
  readonly perSecond: number;
  /** Every n-th write repeats an earlier Event, as a recorder does: its count goes up. 0: none does. */
  readonly updateEvery: number;
}

interface WrittenEvent {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly count?: number;
}

/** Updates go to Events that are this many creations old, so that two of one object are not under way at once. */
const updateDistance = 40;

const image = 'image "registry.example/shop/cart:1.4.2"';
const warning = `Back-off pulling ${image}: rpc error: code = NotFound desc = failed to pull and unpack image`;
const normal = `Successfully pulled ${image} in 1.204s (1.204s including waiting). Image size: 48211345 bytes.`;

export class Workload {
  /** In the order of the answers. */
  readonly written: Version[] = [];
  /** Names of Events whose creation or update got no answer. */
  readonly uncertain = new Set<string>();
  readonly #admin: AdminClient;
  readonly #namespace: string;
  readonly #prefix: string;
  readonly #created: string[] = [];
  readonly #counts = new Map<string, number>();
  readonly #open = new Set<Promise<void>>();
  #number = 0;

  constructor(admin: AdminClient, namespace: string, prefix = 'event') {
    this.#admin = admin;
    this.#namespace = namespace;
    this.#prefix = prefix;
  }

  /** Writes at an even pace until the signal aborts; what was late is made up for. */
  async run({ perSecond, updateEvery }: Pace, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    for (let number = 0; !signal.aborted; number += 1) {
      const early = startedAt + (number * 1_000) / perSecond - performance.now();
      if (early > 0) await delay(early);
      const write = this.#write(updateEvery > 0 && number % updateEvery === updateEvery - 1);
      this.#open.add(write);
      void write.finally(() => this.#open.delete(write)).catch(() => undefined);
      if (this.#open.size >= 64) await Promise.race(this.#open);
    }
    await this.answered();
  }

  /** Waits until what {@link run} has under way at this moment is answered. */
  async answered(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Creates `count` Events as fast as the API server takes them. */
  async burst(count: number, concurrency = 16): Promise<void> {
    let left = count;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        await this.#create();
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }

  /** One more occurrence of an Event of this workload. */
  async update(name: string): Promise<void> {
    const count = (this.#counts.get(name) ?? 1) + 1;
    this.#counts.set(name, count);
    const path = `${this.#path}/${name}`;
    await this.#tell(name, () => this.#admin.send('PATCH', path, { count }, 'application/merge-patch+json'));
  }

  async #write(updating: boolean): Promise<void> {
    const name = this.#created.at(-1 - updateDistance - (this.#number % updateDistance));
    this.#number += 1;
    await (updating && name !== undefined ? this.update(name) : this.#create());
  }

  async #create(): Promise<void> {
    const number = this.#counts.size;
    const failing = number % 3 === 0;
    const name = `${this.#prefix}-${number}`;
    this.#counts.set(name, 1);
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: this.#namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: this.#namespace, name: `cart-${number % 50}` },
      reason: failing ? 'BackOff' : 'Pulled',
      type: failing ? 'Warning' : 'Normal',
      message: `${failing ? warning : normal} (${number})`,
      source: { component: 'kubelet', host: `node-${number % 5}` },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    const created = await this.#tell(name, () => this.#admin.send('POST', this.#path, event));
    if (created) this.#created.push(name);
  }

  /** @returns whether it was written for certain */
  async #tell(name: string, write: () => Promise<AdminAnswer<unknown>>): Promise<boolean> {
    const answer = await write().catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return undefined;
    });
    if (answer === undefined || answer.status >= 500) {
      this.uncertain.add(name);
      return false;
    }
    if (answer.status >= 300) throw new Error(`writing Event ${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    const { metadata } = answer.body as WrittenEvent;
    this.written.push({ uid: metadata.uid, resourceVersion: metadata.resourceVersion, name });
    return true;
  }

  get #path(): string {
    return `/api/v1/namespaces/${this.#namespace}/events`;
  }
}

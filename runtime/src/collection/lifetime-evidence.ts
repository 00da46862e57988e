/**
 * What the Events themselves show of how long they live. The setting must equal the API server's `--event-ttl`, which many clusters do not
 * reveal; a wrong one would hide a gap.
 *
 * Events that expire are deleted at one common age since their last write, over a long time; people and controllers who delete Events do it at
 * one moment, and so at many ages. Not promised: that a wrong setting is noticed. What is noticed makes gaps uncertain, and hides none.
 */
import type { LifetimeFacts } from '../token/resume-token.ts';
import type { ResourceVersion } from '../support/resource-version.ts';
import { enoughObjects, leaseReuseMs } from './gap.ts';
import type { EventIdentity } from './raw-event.ts';

interface Deletion {
  readonly namespace: string;
  /** In milliseconds of API-server time. */
  readonly writtenAt: number;
  readonly ageMs: number;
}

interface Living {
  readonly writtenAt: number;
  readonly resourceVersion: ResourceVersion;
  /** How many lists had begun when it was last read. */
  readonly lists: number;
}

export interface LifetimeEvidenceOptions {
  readonly eventTtlMs: number;
  /** 1 if only one namespace is collected. */
  readonly namespaces: 1 | 2;
  /** What an earlier term found out. */
  readonly facts: LifetimeFacts | undefined;
}

/** Number of deletions that are kept, the latest ones. */
const keptDeletions = 40;

/** The part of them that must have one age. */
const commonPart = 0.75;

/** Times are told in whole seconds, and etcd looks for expired leases twice a second. */
const precisionMs = 2_000;

/** An age is reported again if it differs by more than this part of the age that was reported before. */
const newsPart = 0.25;

const keptNamespaces = 16;
const keptInNamespace = 16;

export class LifetimeEvidence {
  readonly #options: LifetimeEvidenceOptions;
  readonly #deletions: Deletion[] = [];
  /** The latest objects that were read, by namespace and uid. */
  readonly #living = new Map<string, Map<string, Living>>();
  #observedMs: number | undefined;
  #inheritedSince: number | undefined;
  #lists = 0;

  constructor(options: LifetimeEvidenceOptions) {
    this.#options = options;
    this.#observedMs = differs(options.facts?.observedMs, options.eventTtlMs);
    this.#inheritedSince = options.facts?.livingSince;
  }

  /** How long Events live as far as their deletions show, if that differs from the setting; in milliseconds. */
  get observedMs(): number | undefined {
    return this.#observedMs;
  }

  /**
   * Since when, in milliseconds of API-server time, ten objects were last written that are no later than `position` and were not deleted;
   * undefined if there are not so many.
   */
  livingSince(position: ResourceVersion): number | undefined {
    const living = [...this.#living.values()]
      .flatMap((objects) => [...objects.values()])
      .filter(({ resourceVersion }) => resourceVersion <= position)
      .map(({ writtenAt }) => writtenAt)
      .sort((a, b) => b - a);
    return living[enoughObjects - 1] ?? this.#inheritedSince;
  }

  written({ namespace, uid, resourceVersion }: EventIdentity, writtenAt: number): void {
    const objects = this.#living.get(namespace) ?? new Map<string, Living>();
    renew(this.#living, namespace, objects, keptNamespaces);
    renew(objects, uid, { writtenAt, resourceVersion, lists: this.#lists }, keptInNamespace);
  }

  listBegins(): void {
    this.#lists += 1;
  }

  /** A list was read completely: what it did not hold was deleted while nobody saw it. */
  listEnds(): void {
    for (const objects of this.#living.values())
      for (const [uid, { lists }] of objects) if (lists < this.#lists) objects.delete(uid);
    this.#inheritedSince = undefined;
  }

  /** Resource versions of another history say nothing about this one. */
  forgetLiving(): void {
    this.#living.clear();
    this.#inheritedSince = undefined;
  }

  /**
   * @param writtenAt its last write, in milliseconds of API-server time; undefined where it is not known
   * @param deletedAt now, if it was read as soon as it was deleted; else undefined
   * @returns the age at which Events expire, in milliseconds, if it has just been found out and differs from the setting
   */
  deleted(
    { namespace, uid }: EventIdentity,
    writtenAt: number | undefined,
    deletedAt: number | undefined,
  ): number | undefined {
    if (this.#living.get(namespace)?.delete(uid) !== true) this.#inheritedSince = undefined;
    if (writtenAt === undefined || deletedAt === undefined) return undefined;
    this.#deletions.push({ namespace, writtenAt, ageMs: deletedAt - writtenAt });
    if (this.#deletions.length > keptDeletions) this.#deletions.shift();
    const commonMs = this.#commonAge();
    if (commonMs === undefined) return undefined;
    const before = this.#observedMs;
    this.#observedMs = differs(commonMs, this.#options.eventTtlMs);
    const isNew = before === undefined || Math.abs(before - commonMs) > before * newsPart;
    return isNew ? this.#observedMs : undefined;
  }

  /** The age of the latest deletion, if most of the latest ones have it; of those who have it the youngest. */
  #commonAge(): number | undefined {
    const latest = this.#deletions.at(-1);
    if (latest === undefined) return undefined;
    const widthMs = leaseReuseMs(latest.ageMs) + precisionMs;
    const common = this.#deletions.filter(({ ageMs }) => Math.abs(ageMs - latest.ageMs) <= widthMs);
    const writes = common.map(({ writtenAt }) => writtenAt);
    const isOneMoment = Math.max(...writes) - Math.min(...writes) <= 2 * widthMs;
    if (common.length < enoughObjects || common.length < commonPart * this.#deletions.length || isOneMoment)
      return undefined;
    return this.#areSpread(common) ? Math.min(...common.map(({ ageMs }) => ageMs)) : undefined;
  }

  #areSpread(objects: readonly { readonly namespace: string }[]): boolean {
    return new Set(objects.map(({ namespace }) => namespace)).size >= this.#options.namespaces;
  }
}

/** Sets a member as the latest one, and forgets the oldest beyond `most`. */
function renew<V>(members: Map<string, V>, key: string, value: V, most: number): void {
  members.delete(key);
  members.set(key, value);
  const oldest = members.keys().next();
  if (members.size > most && oldest.done !== true) members.delete(oldest.value);
}

/** @returns the age, unless Events of this TTL may have it when they expire */
function differs(ageMs: number | undefined, eventTtlMs: number): number | undefined {
  if (ageMs === undefined) return undefined;
  const isAsSet = ageMs >= eventTtlMs - precisionMs && ageMs <= eventTtlMs + leaseReuseMs(eventTtlMs) + precisionMs;
  return isAsSet ? undefined : ageMs;
}

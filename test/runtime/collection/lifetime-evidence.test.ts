import { describe, expect, test } from 'vitest';
import { LifetimeEvidence } from '../../../runtime/src/collection/lifetime-evidence.ts';
import type { LifetimeFacts } from '../../../runtime/src/token/resume-token.ts';

const second = 1_000;
const minute = 60_000;

function evidence(facts?: LifetimeFacts, namespaces: 1 | 2 = 2) {
  const lifetime = new LifetimeEvidence({ eventTtlMs: 60 * minute, namespaces, facts });
  let number = 0;
  const identity = (namespace: string, uid = `uid-${(number += 1)}`) => ({
    namespace,
    name: uid,
    uid,
    resourceVersion: BigInt(number),
  });
  /** One object after the other is deleted. @returns the ages that were found out */
  const deletions = (list: readonly (readonly [namespace: string, writtenAt: number, deletedAt: number])[]) =>
    list
      .map(([namespace, writtenAt, deletedAt]) => lifetime.deleted(identity(namespace), writtenAt, deletedAt))
      .filter((ms) => ms !== undefined);
  return { lifetime, identity, deletions };
}

/** Written every 5 s, in two namespaces, and deleted at an age that differs by the reuse of leases. */
const expiring = (ageMs: number, count = 40) =>
  Array.from({ length: count }, (_, index) => {
    const writtenAt = index * 5 * second;
    return [index % 2 === 0 ? 'shop' : 'kube-system', writtenAt, writtenAt + ageMs + (index % 3) * second] as const;
  });

describe('deletions at one common age', () => {
  test('show how long Events live, and are reported once', () => {
    const { lifetime, deletions } = evidence();
    expect(deletions(expiring(60 * second))).toEqual([60 * second]);
    expect(lifetime.observedMs).toBe(60 * second);
  });

  test('that the setting explains show nothing, and end what an earlier setting had made seem different', () => {
    const { lifetime, deletions } = evidence({ observedMs: 60 * second });
    expect(lifetime.observedMs).toBe(60 * second);
    expect(deletions(expiring(60 * minute, 60))).toEqual([]);
    expect(lifetime.observedMs).toBeUndefined();
  });

  test('of fewer than ten objects show nothing', () => {
    const { deletions } = evidence();
    expect(deletions(expiring(60 * second, 9))).toEqual([]);
    expect(deletions(expiring(60 * second, 10))).not.toEqual([]);
  });

  test('in one namespace alone show nothing, unless it is the only one that is collected', () => {
    const inOne = expiring(60 * second).map(([, writtenAt, deletedAt]) => ['shop', writtenAt, deletedAt] as const);
    expect(evidence().deletions(inOne)).toEqual([]);
    expect(evidence(undefined, 1).deletions(inOne)).toEqual([60 * second]);
  });

  test('without a known age show nothing', () => {
    const { lifetime, identity } = evidence();
    for (let index = 0; index < 40; index += 1) {
      expect(lifetime.deleted(identity(`ns-${index % 2}`), undefined, index * minute)).toBeUndefined();
      expect(lifetime.deleted(identity(`ns-${index % 2}`), index * minute, undefined)).toBeUndefined();
    }
  });
});

describe('deletions by somebody', () => {
  test('of everything at one moment show nothing, however close together it was written', () => {
    const at = 10 * minute;
    const everything = Array.from({ length: 500 }, (_, index) => [`ns-${index % 5}`, index * second, at] as const);
    expect(evidence().deletions(everything)).toEqual([]);
    const burst = everything.map(([namespace, writtenAt]) => [namespace, writtenAt / 1_000, at] as const);
    expect(evidence().deletions(burst)).toEqual([]);
  });

  test('at many ages show nothing, though a third of them have one', () => {
    const mixed = expiring(60 * second, 90).map(([namespace, writtenAt, deletedAt], index) => {
      const ageMs = index % 3 === 0 ? deletedAt - writtenAt : (index * 37 * second) % (20 * minute);
      return [namespace, writtenAt, writtenAt + ageMs] as const;
    });
    expect(evidence().deletions(mixed)).toEqual([]);
  });

  test('of everything once a minute show nothing', () => {
    const everyMinute = Array.from({ length: 600 }, (_, index) => {
      const writtenAt = index * 2 * second;
      return [`ns-${index % 2}`, writtenAt, Math.ceil((writtenAt + 1) / minute) * minute] as const;
    });
    expect(evidence().deletions(everyMinute)).toEqual([]);
  });
});

describe('since when objects must be living', () => {
  test('is the last write of the tenth youngest that is settled', () => {
    const { lifetime, identity } = evidence();
    for (let index = 1; index <= 20; index += 1) lifetime.written(identity(`ns-${index % 2}`), index * second);
    expect(lifetime.livingSince(20n)).toBe(11 * second);
    expect(lifetime.livingSince(15n)).toBe(6 * second);
    expect(lifetime.livingSince(9n)).toBeUndefined();
  });

  test('is known of any number of objects and namespaces', () => {
    const { lifetime, identity } = evidence();
    for (let index = 0; index < 500; index += 1) lifetime.written(identity(`ns-${index}`), index * second);
    expect(lifetime.livingSince(1_000n)).toBe(490 * second);
    for (let index = 0; index < 500; index += 1) lifetime.written(identity('busy'), minute * 10 + index * second);
    expect(lifetime.livingSince(1_000n)).toBe(10 * minute + 490 * second);
  });

  test('does not count what was deleted, nor one object twice', () => {
    const { lifetime, identity } = evidence();
    const objects = Array.from({ length: 10 }, (_, index) => identity(`ns-${index % 2}`));
    for (const object of [...objects, ...objects]) lifetime.written(object, second);
    expect(lifetime.livingSince(100n)).toBe(second);
    for (const object of objects.slice(0, 1)) lifetime.deleted(object, second, 2 * second);
    expect(lifetime.livingSince(100n)).toBeUndefined();
  });

  test('is handed on, until something is deleted that may have been among them', () => {
    const { lifetime, identity } = evidence({ livingSince: 5 * second });
    expect(lifetime.livingSince(100n)).toBe(5 * second);
    lifetime.deleted(identity('ns-0'), undefined, undefined);
    expect(lifetime.livingSince(100n)).toBeUndefined();
  });
});

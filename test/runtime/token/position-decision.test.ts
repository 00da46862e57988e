import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { decidePosition } from '../../../runtime/src/token/position-decision.ts';
import type { ResumeToken } from '../../../runtime/src/token/resume-token.ts';
import { nothingStored, type StoredToken } from '../../../runtime/src/token/token-config-map.ts';
import { tokenAt } from './tokens.ts';

/** What stands there when the last write was ours. */
function written(annotation: ResumeToken): StoredToken {
  return {
    key: String(annotation.position),
    keyTime: annotation.asOf,
    annotation,
    claim: 'collector-a/7',
    claimLock: 'leases/the-lock',
    claimRenewed: '2030-01-01T10:00:03Z',
    claimLastsMs: 660_000,
    version: 'uid/1',
  };
}

const decide = (stored: StoredToken, copy?: ResumeToken) => decidePosition(stored, copy, 'cluster');

describe('the stored position that counts', () => {
  test('is the key where it is all there is: the token of the Agent', () => {
    expect(decide({ ...nothingStored, key: '220', keyTime: 5_000 })).toEqual({
      kind: 'stored',
      token: tokenAt(220n, { asOf: 5_000 }),
      origin: 'key',
    });
  });

  test.each([undefined, '', '0', '00', 'latest', '-5', '0x1f', '1e9', ' 12', '12.5', '9'.repeat(40)])(
    'is none where there is only the key %j',
    (key) => {
      expect(decide({ ...nothingStored, key })).toEqual({ kind: 'none', history: 0, foreignUid: undefined });
    },
  );

  test('is the furthest of annotation and lock copy, by history first and then by resourceVersion', () => {
    const at = (position: bigint, history: number) => tokenAt(position, { history });
    const counts = (annotation: ResumeToken, copy: ResumeToken) => decide(written(annotation), copy);
    expect(counts(at(100n, 0), at(120n, 0))).toMatchObject({ origin: 'lock', token: { position: 120n } });
    expect(counts(at(120n, 0), at(100n, 0))).toMatchObject({ origin: 'annotation', token: { position: 120n } });
    expect(counts(at(100n, 1), at(9_999n, 0))).toMatchObject({ origin: 'annotation', token: { position: 100n } });
    expect(counts(at(9_999n, 0), at(100n, 1))).toMatchObject({ origin: 'lock', token: { position: 100n, history: 1 } });
  });

  test('is compared as an integer of any length', () => {
    const lengths = fc.tuple(fc.bigInt({ min: 1n, max: 2n ** 120n }), fc.bigInt({ min: 1n, max: 2n ** 120n }));
    fc.assert(
      fc.property(lengths, ([a, b]) => {
        const decision = decide(written(tokenAt(a)), tokenAt(b));
        expect(decision).toMatchObject({ kind: 'stored', token: { position: a > b ? a : b } });
      }),
    );
  });

  test('is the copy of the lock where the ConfigMap was wiped, deleted or zeroed, annotations and all or not', () => {
    const copy = tokenAt(500n, { asOf: 1_000, sinks: new Map([['archive', 510n]]) });
    for (const stored of [nothingStored, { ...nothingStored, key: '' }, { ...nothingStored, key: '0' }])
      expect(decide(stored, copy)).toEqual({ kind: 'stored', token: copy, origin: 'lock' });
    const annotated = { ...written(tokenAt(490n)), key: '0' };
    expect(decide(annotated, copy)).toEqual({ kind: 'stored', token: copy, origin: 'lock' });
    expect(decide({ ...annotated, key: undefined })).toMatchObject({ kind: 'stored', token: { position: 490n } });
  });

  test('is the copy of the lock where the ConfigMap was reset to an earlier state, key and annotations', () => {
    const copy = tokenAt(500n);
    expect(decide(written(tokenAt(80n)), copy)).toEqual({ kind: 'stored', token: copy, origin: 'lock' });
  });

  test('is not moved by hand where only the annotations were lost and the key stands where the lock does', () => {
    const copy = tokenAt(500n, { asOf: 1_000, sinks: new Map([['archive', 510n]]) });
    expect(decide({ ...nothingStored, key: '500', keyTime: 900 }, copy)).toEqual({
      kind: 'stored',
      token: copy,
      origin: 'lock',
    });
  });

  test('has its own as-of, or the later one of the same position: as-of is the time of a position', () => {
    const asOf = (a: ResumeToken, b: ResumeToken) => {
      const decision = decide(written(a), b);
      return decision.kind === 'stored' ? decision.token.asOf : 'none stored';
    };
    expect(asOf(tokenAt(120n, { asOf: 7 }), tokenAt(120n, { asOf: 5 }))).toBe(7);
    expect(asOf(tokenAt(120n), tokenAt(120n, { asOf: 5 }))).toBe(5);
    expect(asOf(tokenAt(100n, { asOf: 7 }), tokenAt(120n, { asOf: 5 }))).toBe(5);
    expect(asOf(tokenAt(120n, { asOf: 5 }), tokenAt(100n, { asOf: 7 }))).toBe(5);
    expect(asOf(tokenAt(100n, { asOf: 7 }), tokenAt(120n))).toBeUndefined();
    expect(asOf(tokenAt(100n, { asOf: 7 }), tokenAt(1n, { asOf: 5, history: 1 }))).toBe(5);
  });

  test('has the facts of the token that its as-of comes from: they say by which clock it was told', () => {
    const annotation = tokenAt(120n, { asOf: 5, facts: { clockOffsetMs: 0 } });
    const copy = tokenAt(120n, { asOf: 7, facts: { clockOffsetMs: -300_000 } });
    const expected = { token: { asOf: 7, facts: { clockOffsetMs: -300_000 } } };
    expect(decide(written(annotation), copy)).toMatchObject(expected);
    expect(decide(written(copy), annotation)).toMatchObject(expected);
  });

  test('knows of each sink how far it went ahead, whichever was written last, and nothing from an earlier history', () => {
    const sinks = (a: ResumeToken, b: ResumeToken) => {
      const decision = decide(written(a), b);
      return decision.kind === 'stored' ? Object.fromEntries(decision.token.sinks) : 'none stored';
    };
    const standing = (position: bigint, history: number, ...ahead: readonly (readonly [string, bigint])[]) =>
      tokenAt(position, { history, sinks: new Map(ahead) });
    expect(sinks(standing(100n, 0, ['a', 110n]), standing(100n, 0, ['a', 120n], ['b', 101n]))).toEqual({
      a: 120n,
      b: 101n,
    });
    expect(sinks(standing(100n, 0, ['a', 120n]), standing(115n, 0, ['b', 130n]))).toEqual({ a: 120n, b: 130n });
    expect(sinks(standing(100n, 0, ['a', 120n]), standing(125n, 0))).toEqual({});
    expect(sinks(standing(100n, 0, ['a', 120n]), standing(50n, 1, ['a', 60n]))).toEqual({ a: 60n });
  });

  test('is none, in the history that had begun, before the first list is settled', () => {
    expect(decide(written(tokenAt(0n, { history: 2 })))).toEqual({ kind: 'none', history: 2, foreignUid: undefined });
  });

  test('is that of an unfinished relist after a rewind, with the gap that it owes', () => {
    const begun = tokenAt(0n, { history: 2, gapFrom: { resourceVersion: '90' } });
    expect(decide(written(begun), tokenAt(90n, { history: 1 }))).toEqual({
      kind: 'stored',
      token: begun,
      origin: 'annotation',
    });
  });
});

describe('a key that somebody moved', () => {
  const from = tokenAt(100n, { asOf: 5_000, history: 2, sinks: new Map([['archive', 110n]]) });

  test('forward is obeyed in the same history, with the as-of of where it stood and no sink ahead', () => {
    expect(decide({ ...written(from), key: '140', keyTime: 9_000 }, tokenAt(99n, { history: 2 }))).toEqual({
      kind: 'moved',
      token: tokenAt(140n, { asOf: 5_000, history: 2 }),
      from,
    });
  });

  test('backward is obeyed in a history of its own: the copy of the lock cannot undo it', () => {
    const decision = decide({ ...written(from), key: '60' }, from);
    expect(decision).toEqual({ kind: 'moved', token: tokenAt(60n, { history: 3 }), from });
    if (decision.kind !== 'moved') return;
    expect(decide(written(decision.token), from)).toMatchObject({
      kind: 'stored',
      token: { position: 60n, history: 3 },
    });
  });

  test('is told from where the furthest stood, also where that is the lock', () => {
    const copy = tokenAt(130n, { history: 2 });
    expect(decide({ ...written(from), key: '120' }, copy)).toMatchObject({
      kind: 'moved',
      from: { position: 130n },
      token: { position: 120n, history: 3 },
    });
  });

  test('to nothing or to zero is no move: only a number above zero is', () => {
    for (const key of [undefined, '', '0', 'now'])
      expect(decide({ ...written(from), key })).toMatchObject({ kind: 'stored', token: { position: 100n } });
  });
});

describe('what this process settled in an earlier term', () => {
  const settled = tokenAt(900n, { asOf: 8_000, history: 2, sinks: new Map([['archive', 950n]]) });
  const stored = tokenAt(100n, { asOf: 5_000, history: 2 });
  const decideAfter = (found: StoredToken, copy?: ResumeToken) => decidePosition(found, copy, 'cluster', settled);

  test('counts if it is further than a stored position of its history', () => {
    const expected = { kind: 'stored', token: settled, origin: 'process' };
    expect(decideAfter(written(stored))).toEqual(expected);
    expect(decideAfter(nothingStored, stored)).toEqual(expected);
  });

  test('gives way to a stored position that is further, or of a later history', () => {
    expect(decideAfter(written(tokenAt(901n, { history: 2 })))).toMatchObject({ token: { position: 901n } });
    expect(decideAfter(written(tokenAt(5n, { history: 3 })))).toMatchObject({ token: { position: 5n, history: 3 } });
  });

  test('does not count after a reset, which leaves no stored position', () => {
    expect(decideAfter(nothingStored)).toMatchObject({ kind: 'none' });
    expect(decideAfter(written(tokenAt(0n, { history: 2 })))).toMatchObject({ kind: 'none' });
  });

  test('does not count if somebody moved the key', () => {
    const moved = decideAfter({ ...written(stored), key: '60' });
    expect(moved).toMatchObject({ kind: 'moved', token: { position: 60n, history: 3 }, from: { position: 100n } });
    expect(decideAfter({ ...written(stored), key: '140' })).toMatchObject({ kind: 'moved', token: { position: 140n } });
  });

  test('does not count in another cluster', () => {
    const elsewhere = tokenAt(100n, { history: 2, clusterUid: 'elsewhere' });
    expect(decidePosition(written(elsewhere), undefined, 'elsewhere', settled)).toMatchObject({
      token: { position: 100n },
    });
  });
});

describe('positions of another cluster', () => {
  const foreign = tokenAt(100n, { clusterUid: 'elsewhere', history: 4 });

  test('never count; the history that begins is above theirs', () => {
    expect(decide(written(foreign))).toEqual({ kind: 'none', history: 5, foreignUid: 'elsewhere' });
    expect(decide(written(foreign), tokenAt(100n, { clusterUid: 'elsewhere', history: 6 }))).toEqual({
      kind: 'none',
      history: 7,
      foreignUid: 'elsewhere',
    });
  });

  test('give way to one of this cluster, however much further they are', () => {
    expect(decide(written(foreign), tokenAt(3n))).toEqual({ kind: 'stored', token: tokenAt(3n), origin: 'lock' });
    expect(decide(written(tokenAt(3n)), foreign)).toEqual({ kind: 'stored', token: tokenAt(3n), origin: 'annotation' });
  });

  test('give way to a key that somebody set', () => {
    expect(decide({ ...written(foreign), key: '77' })).toEqual({
      kind: 'stored',
      token: tokenAt(77n, { history: 5 }),
      origin: 'key',
    });
  });

  test('cannot be told where this cluster has no readable uid, or where they name none', () => {
    expect(decidePosition(written(foreign), undefined, undefined)).toMatchObject({ kind: 'stored', token: foreign });
    expect(decidePosition({ ...written(foreign), key: '77' }, undefined, undefined)).toMatchObject({
      kind: 'moved',
      token: { clusterUid: 'elsewhere' },
    });
    expect(decide(written(tokenAt(5n, { clusterUid: undefined })))).toEqual({
      kind: 'stored',
      token: tokenAt(5n),
      origin: 'annotation',
    });
  });
});

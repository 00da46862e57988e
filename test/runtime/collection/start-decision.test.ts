import { describe, expect, test } from 'vitest';
import { decideStart, rewound, type StartQuestion } from '../../../runtime/src/collection/start-decision.ts';
import { tokenAt } from '../token/tokens.ts';

const stored = tokenAt(100n, { asOf: 5_000, history: 2, sinks: new Map([['archive', 110n]]) });
const gapFrom = { resourceVersion: '100', time: '1970-01-01T00:00:05.000Z' };

function start(question: Partial<StartQuestion>) {
  return decideStart({
    position: { kind: 'stored', token: stored, origin: 'annotation' },
    probed: 500n,
    probedAt: 9_000,
    seen: undefined,
    policy: 'all',
    clusterUid: 'cluster',
    ...question,
  });
}

describe('a first start', () => {
  const position = { kind: 'none', history: 3, foreignUid: undefined } as const;

  test('lists all there is where the policy says so', () => {
    expect(start({ position })).toEqual({
      act: 'list',
      because: 'first start',
      token: tokenAt(0n, { history: 3 }),
      origin: 'start policy: all',
    });
  });

  test("begins at the store's present resourceVersion where the policy is now, and is live from then on", () => {
    expect(start({ position, policy: 'now' })).toEqual({
      act: 'watch',
      token: tokenAt(500n, { history: 3, asOf: 9_000 }),
      origin: 'start policy: now',
    });
  });
});

describe('a stored position', () => {
  test('is gone on from, also where the store has not moved since', () => {
    for (const probed of [110n, 111n, 10_000n])
      expect(start({ probed })).toEqual({ act: 'watch', token: stored, origin: 'annotation' });
  });

  test('ahead of the store means that the history went back: the next one is listed from its beginning', () => {
    expect(start({ probed: 99n })).toEqual({
      act: 'list',
      because: 'rewound',
      token: tokenAt(0n, { asOf: 5_000, history: 3, gapFrom }),
      origin: 'history rewound',
    });
  });

  test('that went back keeps how long Events live, but not which of them must be living', () => {
    const facts = { observedMs: 60_000, livingSince: 4_000, clockOffsetMs: 0 };
    expect(rewound({ ...stored, facts }).facts).toEqual({ observedMs: 60_000, clockOffsetMs: 0 });
  });

  test('behind a sink that went ahead of it means that the history went back below that sink', () => {
    expect(start({ probed: 110n })).toMatchObject({ act: 'watch' });
    expect(start({ probed: 109n })).toMatchObject({ because: 'rewound', token: { sinks: new Map() } });
  });

  test('behind a store that this process has seen further, in this history, means the same', () => {
    expect(start({ probed: 119n, seen: { history: 2, highest: 120n } })).toMatchObject({ because: 'rewound' });
    expect(start({ probed: 120n, seen: { history: 2, highest: 120n } })).toMatchObject({ act: 'watch' });
    expect(start({ probed: 119n, seen: { history: 1, highest: 120n } })).toMatchObject({ act: 'watch' });
    expect(start({ probed: 99n, seen: { history: 2, highest: 90n } })).toMatchObject({ because: 'rewound' });
  });

  test('of a relist that was not finished after a rewind goes on with that relist', () => {
    const token = tokenAt(0n, { history: 3, gapFrom });
    expect(start({ position: { kind: 'stored', token, origin: 'lock' } })).toEqual({
      act: 'list',
      because: 'rewound',
      token,
      origin: 'unfinished relist',
    });
  });

  test('whose gap record for a move was not settled still owes it, and is not listed for it', () => {
    const token = tokenAt(140n, { history: 2, gapFrom });
    expect(start({ position: { kind: 'stored', token, origin: 'lock' } })).toEqual({
      act: 'watch',
      token,
      origin: 'lock',
    });
  });
});

describe('a position that a person moved', () => {
  test('forward is gone on from, and owes the gap from where it stood', () => {
    const token = tokenAt(140n, { asOf: 5_000, history: 2 });
    expect(start({ position: { kind: 'moved', token, from: stored } })).toEqual({
      act: 'watch',
      token: { ...token, gapFrom },
      origin: 'moved by hand',
    });
  });

  test('forward over a gap that was owed already owes that one as a whole', () => {
    const earlier = { resourceVersion: '40' };
    const token = tokenAt(140n, { history: 2 });
    expect(start({ position: { kind: 'moved', token, from: { ...stored, gapFrom: earlier } } })).toMatchObject({
      token: { gapFrom: earlier },
    });
  });

  test('backward is gone on from, and owes nothing', () => {
    const token = tokenAt(60n, { history: 3 });
    expect(start({ position: { kind: 'moved', token, from: stored } })).toEqual({
      act: 'watch',
      token,
      origin: 'moved by hand',
    });
  });

  test('beyond what the store has is as good as rewound', () => {
    const token = tokenAt(501n, { history: 2 });
    expect(start({ position: { kind: 'moved', token, from: stored } })).toMatchObject({ because: 'rewound' });
  });
});

describe('the history after a rewind', () => {
  test('is the next one, settled nowhere, with no sink ahead', () => {
    expect(rewound(stored)).toEqual(tokenAt(0n, { asOf: 5_000, history: 3, gapFrom }));
  });

  test('that goes back before its first list is settled owes the gap of the one before it', () => {
    expect(rewound(rewound(stored))).toEqual(tokenAt(0n, { asOf: 5_000, history: 4, gapFrom }));
  });
});

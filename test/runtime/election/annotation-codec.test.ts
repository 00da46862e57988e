import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import {
  expiredLocksAnnotation,
  healthPortAnnotation,
  leaderAnnotation,
  lockTokenAnnotation,
} from '../../../runtime/src/contract/names.ts';
import type { HeldState, LockState } from '../../../runtime/src/election/lock-codec.ts';
import { lockKinds } from '../../../runtime/src/election/lock-kinds.ts';
import type { Lease } from './elections.ts';

const place = { namespace: 'monitoring', name: 'datadog-leader-election' };

const state: HeldState = {
  record: {
    holderIdentity: 'collector-a_0a1b2c3d_11111111',
    leaseDurationMs: 60_000,
    transitions: 8,
    acquireTime: '2030-01-01T00:00:00Z',
    renewTime: '2030-01-01T00:00:15Z',
  },
  tokenCopy: '{"position":"42"}',
  healthPort: 5_555,
  expiredLocks: undefined,
};

const ours =
  '{"holderIdentity":"collector-a_0a1b2c3d_11111111","leaseDurationSeconds":60,"acquireTime":"2030-01-01T00:00:00Z","renewTime":"2030-01-01T00:00:15Z","leaderTransitions":8';

const holding = (record: string, others: Lease = {}): Lease => ({
  ...others,
  metadata: { ...others.metadata, annotations: { ...others.metadata?.annotations, [leaderAnnotation]: record } },
});

const recordIn = ({ metadata }: Lease) => metadata?.annotations?.[leaderAnnotation];

describe.each(['configmaps', 'endpoints'] as const)('a record on %s', (resource) => {
  const { codec } = lockKinds[resource];

  const time = fc
    .date({ min: new Date('1970-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
    .map((date) => codec.time(date.getTime()));

  const anyState: fc.Arbitrary<LockState> = fc.record({
    record: fc.record({
      holderIdentity: fc.string(),
      leaseDurationMs: fc.integer({ min: 1, max: 3_600 }).map((seconds) => seconds * 1_000),
      transitions: fc.nat(),
      acquireTime: fc.option(time, { nil: undefined }),
      renewTime: fc.option(time, { nil: undefined }),
    }),
    tokenCopy: fc.option(fc.string(), { nil: undefined }),
    healthPort: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
    expiredLocks: fc.option(fc.string(), { nil: undefined }),
  });

  test('is read back as it was written, whatever it is and whatever was there before', () => {
    fc.assert(
      fc.property(anyState, fc.option(fc.string()), (any, before) => {
        const base = before === null ? undefined : holding(before);
        expect(codec.read(codec.write(base, place, any))).toEqual(any);
      }),
    );
  });

  test("is client-go's JSON to the letter", () => {
    expect(recordIn(codec.write(undefined, place, state))).toBe(`${ours}}`);
    const timeless = { ...state.record, acquireTime: undefined, renewTime: undefined };
    expect(recordIn(codec.write(undefined, place, { ...state, record: timeless }))).toBe(
      '{"holderIdentity":"collector-a_0a1b2c3d_11111111","leaseDurationSeconds":60,"acquireTime":null,"renewTime":null,"leaderTransitions":8}',
    );
  });

  test.each<[string, string, string]>([
    ['later ones of client-go', '"strategy":"","preferredHolder":"b"', ',"strategy":"","preferredHolder":"b"'],
    ['nested ones', '"x":{"y":[1,null]}', ',"x":{"y":[1,null]}'],
    ['those of a name that JavaScript treats in a way of its own', '"__proto__":{"a":1}', ',"__proto__":{"a":1}'],
  ])('keeps fields that we do not know: %s', (_, theirs, kept) => {
    const base = holding(`{${theirs},"holderIdentity":"a","leaseDurationSeconds":15,"leaderTransitions":7}`);
    expect(recordIn(codec.write(base, place, state))).toBe(`${ours}${kept}}`);
  });

  test('leaves labels, annotations and every other field of the object as they were, and the object itself too', () => {
    const base = {
      apiVersion: 'v1',
      data: { 'their.key': 'x' },
      subsets: [],
      metadata: { uid: 'uid-1', resourceVersion: '9', labels: { app: 'agent' }, annotations: { theirs: 'kept' } },
    };
    const before = structuredClone(base);
    expect(codec.write(base, place, state)).toEqual({
      ...base,
      metadata: {
        ...base.metadata,
        annotations: {
          theirs: 'kept',
          [lockTokenAnnotation]: '{"position":"42"}',
          [healthPortAnnotation]: '5555',
          [leaderAnnotation]: `${ours}}`,
        },
      },
    });
    expect(base).toEqual(before);
  });

  test('loses the copy, the port and the expired locks that a holder before us left', () => {
    const annotations = { [lockTokenAnnotation]: '{}', [healthPortAnnotation]: '1', [expiredLocksAnnotation]: 'x/y/1' };
    const written = codec.write({ metadata: { annotations } }, place, {
      ...state,
      tokenCopy: undefined,
      healthPort: undefined,
    });
    expect(Object.keys(written.metadata?.annotations ?? {})).toEqual([leaderAnnotation]);
  });

  test('has whole seconds, never fewer than were meant', () => {
    const record = { ...state.record, leaseDurationMs: 1_500 };
    expect(recordIn(codec.write(undefined, place, { ...state, record }))).toContain('"leaseDurationSeconds":2,');
    expect(codec.time(Date.parse('2030-01-02T03:04:05.999Z'))).toBe('2030-01-02T03:04:05Z');
  });

  test.each([
    ['no annotation', {}],
    ['an empty one', holding('')],
    ['no JSON', holding('{"holderIdentity":')],
    ['no object', holding('["a"]')],
    ['null', holding('null')],
    ['an empty object', holding('{}')],
    ['neither holder nor duration', holding('{"leaderTransitions":3,"renewTime":"2030-01-01T00:00:00Z"}')],
    ['a holder that is no text', holding('{"holderIdentity":5,"leaseDurationSeconds":60}')],
    ['a duration that is no number', holding('{"holderIdentity":"a","leaseDurationSeconds":"60"}')],
    ['a duration that is no whole number', holding('{"holderIdentity":"a","leaseDurationSeconds":1.5}')],
    ['a duration below nothing', holding('{"holderIdentity":"a","leaseDurationSeconds":-1}')],
    [
      'transitions that are no number',
      holding('{"holderIdentity":"a","leaseDurationSeconds":9,"leaderTransitions":"1"}'),
    ],
    ['a time that is no text', holding('{"holderIdentity":"a","leaseDurationSeconds":9,"renewTime":1}')],
  ] as const)('is none where there is %s', (_, object) => {
    expect(codec.read(object).record).toBeUndefined();
  });

  test.each(['["a"]', '"text"', 'null', '{"holder', ''])('is written over what is no record: %s', (litter) => {
    expect(recordIn(codec.write(holding(litter), place, state))).toBe(`${ours}}`);
  });

  test("is read in client-go's form of any version: times may be null, fields may be more", () => {
    const text =
      '{"holderIdentity":"agent-x","leaseDurationSeconds":60,"acquireTime":null,"renewTime":"2030-01-01T00:00:15Z","leaderTransitions":3,"strategy":"","preferredHolder":""}';
    expect(codec.read(holding(text)).record).toEqual({
      holderIdentity: 'agent-x',
      leaseDurationMs: 60_000,
      transitions: 3,
      acquireTime: undefined,
      renewTime: '2030-01-01T00:00:15Z',
    });
  });
});

describe('a lock that is made', () => {
  test('as a ConfigMap has nothing but its place and its annotations', () => {
    const made = lockKinds.configmaps.codec.write(undefined, place, state);
    expect(made).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...place, annotations: expect.any(Object) },
    });
  });

  test('as Endpoints is kept out of EndpointSlices, and has no addresses', () => {
    const made = lockKinds.endpoints.codec.write(undefined, place, state);
    expect(made).toEqual({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        ...place,
        labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
        annotations: expect.any(Object),
      },
    });
  });

  test('as Endpoints by somebody else keeps the labels that it has', () => {
    const base = { metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'false' } } };
    expect(lockKinds.endpoints.codec.write(base, place, state).metadata?.labels).toEqual(base.metadata.labels);
  });
});

import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import {
  expiredLocksAnnotation,
  healthPortAnnotation,
  lockTokenAnnotation,
} from '../../../runtime/src/contract/names.ts';
import { leaseCodec, microTime } from '../../../runtime/src/election/lease-codec.ts';
import type { HeldState, LockState } from '../../../runtime/src/election/lock-codec.ts';
import { type Lease, lease, leaseStore } from './elections.ts';

const place = { namespace: 'monitoring', name: 'datadog-leader-election' };

const state: HeldState = {
  record: {
    holderIdentity: 'collector-a_0a1b2c3d_11111111',
    leaseDurationMs: 60_000,
    transitions: 8,
    acquireTime: '2030-01-01T00:00:00.000000Z',
    renewTime: '2030-01-01T00:00:15.000000Z',
  },
  tokenCopy: '{"position":"42"}',
  healthPort: 5_555,
  expiredLocks: undefined,
};

const time = fc
  .date({ min: new Date('1970-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
  .map((date) => microTime(date.getTime()));

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

test('what was written is read back, whatever it is', () => {
  fc.assert(
    fc.property(anyState, (any) => {
      expect(leaseCodec.read(leaseCodec.write(undefined, place, any))).toEqual(any);
    }),
  );
});

describe('a lease that is written', () => {
  test('is new and complete where there was none', () => {
    expect(leaseCodec.write(undefined, place, state)).toEqual({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        ...place,
        annotations: { [lockTokenAnnotation]: '{"position":"42"}', [healthPortAnnotation]: '5555' },
      },
      spec: {
        holderIdentity: 'collector-a_0a1b2c3d_11111111',
        leaseDurationSeconds: 60,
        leaseTransitions: 8,
        acquireTime: '2030-01-01T00:00:00.000000Z',
        renewTime: '2030-01-01T00:00:15.000000Z',
      },
    });
  });

  test('says of its place nothing but namespace and name', () => {
    const made = leaseCodec.write(undefined, leaseStore().client(), state);
    expect(Object.keys(made.metadata ?? {}).toSorted()).toEqual(['annotations', 'name', 'namespace']);
  });

  test('keeps what others have put there', () => {
    const annotations = { 'argocd.argoproj.io/tracking-id': 'monitoring' };
    const metadata = { uid: 'uid-1', resourceVersion: '97', labels: { app: 'agent' }, annotations };
    const base = { ...lease({ strategy: 'OldestEmulationVersion', preferredHolder: 'b' }, metadata), status: { x: 1 } };
    expect(leaseCodec.write(base, place, state)).toEqual({
      ...base,
      metadata: {
        ...metadata,
        annotations: {
          ...annotations,
          [lockTokenAnnotation]: '{"position":"42"}',
          [healthPortAnnotation]: '5555',
        },
      },
      spec: {
        ...base.spec,
        holderIdentity: 'collector-a_0a1b2c3d_11111111',
        leaseTransitions: 8,
        renewTime: '2030-01-01T00:00:15.000000Z',
      },
    });
  });

  test('loses the copy, the port and the expired locks that a holder before us left', () => {
    const ours = { [lockTokenAnnotation]: '{}', [healthPortAnnotation]: '5556', [expiredLocksAnnotation]: 'x/y/1' };
    const annotations = { ...ours, kept: 'yes' };
    const written = leaseCodec.write(lease({}, { annotations }), place, {
      ...state,
      tokenCopy: undefined,
      healthPort: undefined,
    });
    expect(written.metadata?.annotations).toEqual({ kept: 'yes' });
  });

  test('has whole seconds, never fewer than were meant', () => {
    const written: Lease = leaseCodec.write(undefined, place, {
      ...state,
      record: { ...state.record, leaseDurationMs: 1_500 },
    });
    expect(written.spec).toMatchObject({ leaseDurationSeconds: 2 });
  });

  test('leaves the object that it is based on as it was', () => {
    const base = lease({}, { annotations: { [lockTokenAnnotation]: '{}' } });
    leaseCodec.write(base, place, state);
    expect(base).toEqual(lease({}, { annotations: { [lockTokenAnnotation]: '{}' } }));
  });
});

describe('a lease that is read', () => {
  test.each<[string, Lease]>([
    ['has nothing in it', {}],
    ['has an empty spec', { metadata: {}, spec: {} }],
    ['names neither holder nor duration', { spec: { leaseTransitions: 3, renewTime: microTime(0) } }],
  ])('carries no record where it %s', (_, object) => {
    expect(leaseCodec.read(object).record).toBeUndefined();
  });

  test('may lack all that the API leaves optional', () => {
    const times = { acquireTime: undefined, renewTime: undefined };
    expect(leaseCodec.read({ spec: { holderIdentity: 'b' } } as Lease).record).toEqual({
      ...times,
      holderIdentity: 'b',
      leaseDurationMs: 0,
      transitions: 0,
    });
    expect(leaseCodec.read({ spec: { leaseDurationSeconds: 15 } } as Lease).record).toEqual({
      ...times,
      holderIdentity: '',
      leaseDurationMs: 15_000,
      transitions: 0,
    });
  });

  test.each(['', '0x15b3', '5555.5', '-1', '123456', 'none', ' 5555'])('names no port where it says "%s"', (port) => {
    expect(leaseCodec.read(lease({}, { annotations: { [healthPortAnnotation]: port } })).healthPort).toBeUndefined();
  });
});

test('a MicroTime has exactly six digits of fraction', () => {
  expect(microTime(Date.parse('2030-01-02T03:04:05Z'))).toBe('2030-01-02T03:04:05.000000Z');
  expect(microTime(Date.parse('2030-01-02T03:04:05.678Z'))).toBe('2030-01-02T03:04:05.678000Z');
});

import { describe, expect, test } from 'vitest';
import { shapeEvent } from '../../../runtime/src/shaping/shape-event.ts';
import { kubeletEvent, schedulerEvent } from './events.ts';

const cluster = { name: 'production', uid: 'c1' };
const shape = (event: Readonly<Record<string, unknown>>) => shapeEvent(event, 'added', cluster);
const bare = { metadata: { uid: 'u', resourceVersion: '1' } };

describe('the record of an event', () => {
  test('holds what the kubelet and other writers of core/v1 said, and nothing else', () => {
    expect(shapeEvent(kubeletEvent, 'updated', cluster)).toStrictEqual({
      schema: 'eventbaton.io/v1',
      id: '0b6f3a52-6f0e-4f6b-9a53-3d1c1f6c2a11.48213',
      cluster: { name: 'production', uid: 'c1' },
      change: 'updated',
      type: 'Warning',
      reason: 'BackOff',
      message: 'Back-off restarting failed container cart',
      regarding: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: 'shop',
        name: 'cart-7d9f',
        uid: '5c1d0d5e-2b5a-4f2f-8a77-0d6c1e1c9b22',
        fieldPath: 'spec.containers{cart}',
        resourceVersion: '48100',
      },
      reporting: { component: 'kubelet', instance: 'node-1', host: 'node-1' },
      count: 12,
      firstSeen: '2030-01-01T10:00:00Z',
      lastSeen: '2030-01-01T10:05:00Z',
      event: {
        namespace: 'shop',
        name: 'cart-7d9f.18a0c3',
        uid: '0b6f3a52-6f0e-4f6b-9a53-3d1c1f6c2a11',
        resourceVersion: '48213',
      },
    });
  });

  test('holds what the scheduler and other writers of events.k8s.io/v1 said, with the times of the series', () => {
    expect(shapeEvent(schedulerEvent, 'updated', cluster)).toStrictEqual({
      schema: 'eventbaton.io/v1',
      id: '7f3f1b1a-90d6-4a27-8f3c-6f3a8a6d7e33.48300',
      cluster: { name: 'production', uid: 'c1' },
      change: 'updated',
      type: 'Warning',
      reason: 'FailedScheduling',
      action: 'Scheduling',
      message: '0/3 nodes are available',
      regarding: { kind: 'Pod', namespace: 'shop', name: 'cart-7d9f' },
      related: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
      reporting: { component: 'default-scheduler', instance: 'default-scheduler-control-1' },
      count: 5,
      firstSeen: '2030-01-01T10:00:01.123456Z',
      lastSeen: '2030-01-01T10:30:00.654321Z',
      event: {
        namespace: 'shop',
        name: 'cart-7d9f.18a0c4',
        uid: '7f3f1b1a-90d6-4a27-8f3c-6f3a8a6d7e33',
        resourceVersion: '48300',
      },
    });
  });

  test('of an event with nothing but its identity is still a record', () => {
    expect(shapeEvent(bare, 'added', {})).toStrictEqual({
      schema: 'eventbaton.io/v1',
      id: 'u.1',
      cluster: {},
      change: 'added',
      type: '',
      reason: '',
      message: '',
      regarding: {},
      reporting: {},
      count: 1,
      firstSeen: '',
      lastSeen: '',
      event: { namespace: '', name: '', uid: 'u', resourceVersion: '1' },
    });
  });

  test.each([
    ['uid', { metadata: { resourceVersion: '1' } }],
    ['resourceVersion', { metadata: { uid: 'u' } }],
    ['uid that is text', { metadata: { uid: 7, resourceVersion: '1' } }],
    ['resourceVersion that is not empty', { metadata: { uid: 'u', resourceVersion: '' } }],
    ['metadata', {}],
    ['metadata of its own', { metadata: ['uid', 'resourceVersion'] }],
  ])('cannot be made without %s', (_, event) => {
    expect(() => shape(event)).toThrow('no uid or no resourceVersion');
  });

  test('has the same id in every process, for it is made of what the API server gave alone', () => {
    const again = shapeEvent(structuredClone(kubeletEvent), 'added', { uid: 'c1' });
    expect(again.id).toBe(shape(kubeletEvent).id);
  });

  test('names the component of the old source where no reporting component is set', () => {
    const { reportingComponent: _, reportingInstance: __, ...old } = kubeletEvent;
    expect(shape(old).reporting).toStrictEqual({ component: 'kubelet', host: 'node-1' });
    expect(shape({ ...old, reportingComponent: '' }).reporting.component).toBe('kubelet');
    expect(shape({ ...old, reportingComponent: 'new' }).reporting.component).toBe('new');
  });
});

describe('the count', () => {
  test.each([
    ['of the series', { series: { count: 5 }, count: 3 }, 5],
    ['of the event where there is no series', { count: 3 }, 3],
    ['of the event where the series does not count', { series: {}, count: 3 }, 3],
    ['of the event where the series counts nonsense', { series: { count: -5 }, count: 3 }, 3],
    ['one where a new event has none yet', { count: 0 }, 1],
    ['one where there is none', {}, 1],
    ['one where it is a fraction', { count: 1.5 }, 1],
    ['one where it is text', { count: '12' }, 1],
    ['one where it is beyond what a number can hold', { count: 2 ** 53 }, 1],
    ['one where it is null', { count: null }, 1],
  ])('is that %s', (_, counts, count) => {
    expect(shape({ ...bare, ...counts }).count).toBe(count);
  });
});

describe('the change', () => {
  test('is what the watch said', () => {
    expect(shapeEvent(bare, 'added', cluster).change).toBe('added');
    expect(shapeEvent(bare, 'updated', cluster).change).toBe('updated');
  });

  test('is an update wherever the event counts more than one occurrence, in whatever field', () => {
    expect(shapeEvent({ ...bare, count: 2 }, 'added', cluster).change).toBe('updated');
    expect(shapeEvent({ ...bare, series: { count: 2 } }, 'added', cluster).change).toBe('updated');
    expect(shapeEvent({ ...bare, count: 1 }, 'added', cluster).change).toBe('added');
  });
});

describe('the times', () => {
  const times = (event: Readonly<Record<string, unknown>>, creationTimestamp?: string) => {
    const { firstSeen, lastSeen } = shape({ ...event, metadata: { ...bare.metadata, creationTimestamp } });
    return [firstSeen, lastSeen];
  };
  const at = (minute: number) => `2030-01-01T10:0${minute}:00Z`;

  test.each([
    ['series', { series: { lastObservedTime: at(9) }, lastTimestamp: at(8), eventTime: at(7) }],
    ['lastTimestamp', { series: { lastObservedTime: at(7) }, lastTimestamp: at(9), eventTime: at(8) }],
    ['eventTime', { series: { lastObservedTime: at(7) }, lastTimestamp: at(8), eventTime: at(9) }],
  ])('last seen is the latest there is (%s)', (_, event) => {
    expect(times(event, at(1))[1]).toBe(at(9));
  });

  test('last seen is the creation where everything else is older or missing', () => {
    expect(times({ lastTimestamp: at(1), eventTime: at(2), series: { lastObservedTime: at(3) } }, at(9))[1]).toBe(
      at(9),
    );
    expect(times({ lastTimestamp: null, eventTime: null }, at(9))[1]).toBe(at(9));
  });

  test('first seen is the first timestamp, else the event time, else the creation', () => {
    expect(times({ firstTimestamp: at(3), eventTime: at(2) }, at(1))[0]).toBe(at(3));
    expect(times({ firstTimestamp: null, eventTime: at(2) }, at(1))[0]).toBe(at(2));
    expect(times({ firstTimestamp: null, eventTime: null }, at(1))[0]).toBe(at(1));
  });

  test('are compared as moments, not as text, and stay as they were written', () => {
    const later = '2030-01-01T09:30:00-01:00';
    expect(times({ lastTimestamp: later, eventTime: at(9) })).toEqual([at(9), later]);
    expect(times({ eventTime: '2030-01-01T10:00:00.500000Z' }, at(0))[1]).toBe('2030-01-01T10:00:00.500000Z');
  });

  test.each([
    'yesterday',
    '7',
    'Tue, 01 Jan 2030 10:00:00 GMT',
    '2030-01-01',
    '2030-01-01T10:00:00',
    '2030-13-01T10:00:00Z',
    '+275760-09-13T00:00:00Z',
    '2030-01-01T10:00:00Z (\u001b[31m)',
    'Jan 1 2030 (\u001b]0;title\u0007)',
    1_893_492_000_000,
    {},
    ['2030-01-01T10:00:00Z'],
    true,
  ])('never are what is no RFC 3339 time (%j)', (absurd) => {
    const event = {
      firstTimestamp: absurd,
      lastTimestamp: absurd,
      eventTime: absurd,
      series: { lastObservedTime: absurd },
    };
    expect(times(event, at(1))).toEqual([at(1), at(1)]);
  });

  test.each(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z', '2030-01-01T10:00:00+14:00'])(
    'may be as far away as RFC 3339 can say (%s)',
    (time) => {
      expect(times({}, time)).toEqual([time, time]);
    },
  );
});

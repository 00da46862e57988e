import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { shapeEvent } from '../../../runtime/src/shaping/shape-event.ts';

const shape = (metadata: object, event: object = {}) =>
  shapeEvent({ metadata: { uid: 'u', resourceVersion: '1', ...metadata }, ...event }, 'added', {});

const many = (count: number, text = 'x') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`name-${index}`, text]));

describe('the labels and annotations of an Event', () => {
  test('are in its record, and so is the version of the object that it is about', () => {
    const record = shape(
      { labels: { team: 'payments' }, annotations: { 'source.example.io/revision': 'main@sha1:9f2c' } },
      { involvedObject: { kind: 'Deployment', name: 'pay', resourceVersion: '77' } },
    );
    expect(record.event).toMatchObject({
      labels: { team: 'payments' },
      annotations: { 'source.example.io/revision': 'main@sha1:9f2c' },
    });
    expect(record.regarding).toEqual({ kind: 'Deployment', name: 'pay', resourceVersion: '77' });
    expect(record).not.toHaveProperty('truncated');
  });

  test('that are not there leave nothing in it', () => {
    for (const metadata of [{}, { labels: {}, annotations: null }, { labels: [1], annotations: 'text' }])
      expect(Object.keys(shape(metadata).event)).toEqual(['namespace', 'name', 'uid', 'resourceVersion']);
  });

  test('are at most 32 of each, which the record says', () => {
    const exactly = shape({ labels: many(32), annotations: many(32) });
    expect(exactly).not.toHaveProperty('truncated');
    const more = shape({ labels: many(33), annotations: many(1) });
    expect(Object.keys(more.event.labels ?? {})).toHaveLength(32);
    expect(more.truncated).toBe(true);
  });

  test('are cut to 1,024 characters, never within one, which the record says', () => {
    expect(shape({ annotations: { long: 'x'.repeat(1_024) } })).not.toHaveProperty('truncated');
    const { event, truncated } = shape({ annotations: { long: `${'x'.repeat(1_023)}\u{1f600}` } });
    expect(event.annotations?.['long']).toBe('x'.repeat(1_023));
    expect(truncated).toBe(true);
  });

  test('leave out the copy of the whole Event that kubectl apply makes', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' };
    expect(shape({ annotations })).toMatchObject({ event: { annotations: { kept: 'yes' } } });
    expect(shape({ annotations })).not.toHaveProperty('truncated');
  });

  test('of hostile names and types change nothing else of the record', () => {
    const hostile = JSON.parse('{"__proto__":"x","constructor":"y","a":1,"b":{"c":"d"},"e":"f"}') as object;
    const { event } = shape({ labels: hostile });
    expect(Object.entries(event.labels ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['e', 'f'],
    ]);
    expect(Object.getPrototypeOf(event.labels)).toBe(Object.prototype);
    expect(JSON.parse(JSON.stringify(event)).labels).toMatchObject({ e: 'f' });
  });

  test('never make the record larger than their bounds, whatever they are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 400 }), fc.anything()), (annotations) => {
        const kept = Object.entries(shape({ annotations }).event.annotations ?? {});
        expect(kept.length).toBeLessThanOrEqual(32);
        for (const [name, text] of kept) expect(name.length + text.length).toBeLessThanOrEqual(317 + 1_024);
      }),
    );
  });
});

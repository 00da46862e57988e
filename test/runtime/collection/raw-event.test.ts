import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { identifyEvent, lastWriteOf } from '../../../runtime/src/collection/raw-event.ts';

const metadata = { namespace: 'shop', name: 'cart.1', uid: 'u', resourceVersion: '12345678901234567890' };
const noon = Date.parse('2030-01-01T12:00:00Z');

describe('the identity of an event', () => {
  test('is what the API server vouches for', () => {
    expect(identifyEvent({ metadata })).toEqual({ ...metadata, resourceVersion: 12_345_678_901_234_567_890n });
    expect(identifyEvent({ metadata: { ...metadata, namespace: undefined } })).toMatchObject({ namespace: '' });
  });

  test.each([
    {},
    { metadata: null },
    { metadata: 'x' },
    { metadata: { ...metadata, uid: undefined } },
    { metadata: { ...metadata, name: 7 } },
    { metadata: { ...metadata, resourceVersion: 7 } },
    { metadata: { ...metadata, resourceVersion: '0x1f' } },
    { metadata: Object.create(metadata) as object },
  ])('is missing where any part is: %j', (event) => {
    expect(identifyEvent(event)).toBeUndefined();
  });
});

describe('the last write of an event', () => {
  const written = (...times: readonly unknown[]) =>
    lastWriteOf({ metadata: { managedFields: times.map((time) => ({ time })) } });

  test('is the latest that the API server noted', () => {
    expect(written('2030-01-01T11:00:00Z', '2030-01-01T12:00:00Z', '2030-01-01T10:00:00Z')).toBe(noon);
    expect(written('soon', 5, undefined, '2030-01-01T12:00:00Z')).toBe(noon);
  });

  test('is unknown where it noted none', () => {
    expect(written()).toBeUndefined();
    expect(written('soon')).toBeUndefined();
    expect(lastWriteOf({ metadata })).toBeUndefined();
  });

  test('is never a reason to fail, whatever the event holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('metadata', 'managedFields', 'type'), fc.jsonValue()), (event) => {
        identifyEvent(event);
        lastWriteOf(event);
        lastWriteOf({ metadata: event });
      }),
    );
  });
});

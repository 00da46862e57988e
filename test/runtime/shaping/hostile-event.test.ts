import { fc, runs } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import type { EventRecord } from '../../../runtime/src/contract/event-record.ts';
import { shapeEvent } from '../../../runtime/src/shaping/shape-event.ts';
import { encodeLine } from '../../../runtime/src/sinks/encode.ts';
import { kubeletEvent } from './events.ts';

type Json = Readonly<Record<string, unknown>>;

const shape = (event: Json) => shapeEvent(event, 'added', { uid: 'c1' });

/** As it comes from the wire: members named `__proto__` are the object's own. */
const fromWire = (text: string): Json => JSON.parse(text);

describe('an event whose writer means ill', () => {
  test('carries a message of more than a megabyte whole', () => {
    const message = 'm'.repeat(1_400_000);
    expect(shape({ ...kubeletEvent, message }).message).toBe(message);
  });

  test('keeps its text as it is, which leaves as one inert line', () => {
    const message = 'a\u001b[2Jb\u009b31mc\u2028d\u2029e\r\nf\u0000g\u007fh\ud800';
    const record = shape({ ...kubeletEvent, message, reason: message });
    expect(record).toMatchObject({ message, reason: message });
    const line = encodeLine(record);
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(JSON.parse(line)).toEqual(record);
  });

  test('reaches no prototype through members of that name', () => {
    const poison = '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}';
    const event = fromWire(`{
      "__proto__": {"polluted": "yes", "message": "inherited"},
      "metadata": {"uid": "u", "resourceVersion": "1", "labels": ${poison}, "annotations": ${poison}, "__proto__": {"name": "inherited"}},
      "involvedObject": {"__proto__": {"kind": "inherited"}, "name": "cart"},
      "related": ${poison},
      "source": {"__proto__": {"component": "inherited"}},
      "series": {"__proto__": {"count": 9}}
    }`);
    const record = shape(event);
    expect(record).toMatchObject({ message: '', count: 1 });
    expect([record.regarding, record.reporting]).toEqual([{ name: 'cart' }, {}]);
    expect(record.event.name).toBe('');
    expect(record).not.toHaveProperty('related');
    expect(Object.getPrototypeOf(record.regarding)).toBe(Object.prototype);
    expect(({} as Json)['polluted']).toBeUndefined();
    expect(JSON.stringify(record)).not.toMatch(/polluted|inherited/);
  });

  test('gives nothing away that only its prototype has', () => {
    const inherited = Object.create({ message: 'inherited', involvedObject: { kind: 'inherited' } });
    Object.assign(inherited, { metadata: { uid: 'u', resourceVersion: '1' } });
    const { message, regarding } = shape(inherited);
    expect([message, regarding]).toEqual(['', {}]);
  });

  test.each([null, true, 7, 'text', [], [{}], {}, [['name', 'x']]])(
    'may hold %j wherever something else belongs',
    (value) => {
      const everywhere = Object.fromEntries(
        [...Object.keys(kubeletEvent), 'series', 'related', 'action'].map((key) => [key, value]),
      );
      const { regarding, related, count, firstSeen, lastSeen } = shape({
        ...everywhere,
        metadata: { name: value, namespace: value, creationTimestamp: value, uid: 'u', resourceVersion: '1' },
      });
      expect([regarding, related, firstSeen, lastSeen]).toEqual([{}, undefined, '', '']);
      expect(count).toBe(value === 7 ? 7 : 1);
    },
  );
});

describe('whatever an event holds beside uid and resourceVersion', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('2030-01-01T00:00:00Z', '\u001b[2J', '\u2028', ''),
  );
  const value = fc.oneof(
    text,
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(1, 2, -1, 0.5, 1e308, 2 ** 53, null),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  );
  const objectOf = (...keys: readonly string[]) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...keys, '__proto__', 'constructor', 'toString'), value) },
      { weight: 1, arbitrary: value },
    );
  const references = objectOf('apiVersion', 'kind', 'namespace', 'name', 'uid', 'fieldPath');
  const event = fc
    .record(
      {
        metadata: fc.dictionary(
          fc.constantFrom('name', 'namespace', 'creationTimestamp', 'labels', '__proto__'),
          value,
        ),
        involvedObject: references,
        related: references,
        source: objectOf('component', 'host'),
        series: objectOf('count', 'lastObservedTime'),
        ...Object.fromEntries(
          ['type', 'reason', 'message', 'action', 'count', 'eventTime', 'firstTimestamp', 'lastTimestamp'].map(
            (key) => [key, value],
          ),
        ),
        reportingComponent: value,
        reportingInstance: value,
      },
      { requiredKeys: [] },
    )
    .map((parts): Json => {
      const metadata = { ...parts.metadata, uid: 'u', resourceVersion: '1' };
      return fromWire(JSON.stringify({ ...parts, metadata }));
    });
  const rfc3339OrNothing = /^(?:|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))$/;

  test('there is a record, which is plain JSON of the promised shape', () => {
    fc.assert(
      fc.property(event, (given) => {
        const record: EventRecord = shape(given);
        expect(JSON.parse(JSON.stringify(record))).toStrictEqual(record);
        expect(record.id).toBe('u.1');
        for (const field of [record.type, record.reason, record.message, record.event.name])
          expect(field).toBeTypeOf('string');
        for (const field of [
          record.action,
          ...Object.values({ ...record.regarding, ...record.related, ...record.reporting }),
        ])
          expect(field === undefined || (typeof field === 'string' && field !== '')).toBe(true);
        expect(Number.isSafeInteger(record.count) && record.count >= 1).toBe(true);
        expect(record.change).toBe(record.count > 1 ? 'updated' : 'added');
        expect(record.firstSeen).toMatch(rfc3339OrNothing);
        expect(record.lastSeen).toMatch(rfc3339OrNothing);
      }),
      { numRuns: runs(500) },
    );
  });

  test('it is left as it was, and so is every prototype', () => {
    const before = Reflect.ownKeys(Object.prototype).length;
    fc.assert(
      fc.property(event, (given) => {
        const sent = JSON.stringify(given);
        const record = shape(given);
        expect(JSON.stringify(given)).toBe(sent);
        for (const part of [record, record.regarding, record.related ?? {}, record.reporting, record.event])
          expect(Object.getPrototypeOf(part)).toBe(Object.prototype);
        expect(Reflect.ownKeys(Object.prototype)).toHaveLength(before);
      }),
      { numRuns: runs(200) },
    );
  });
});
